/** How people are shown by name. */
import type { Role } from '../protocol/protocol.gen'

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  )
  return letters.join('').toUpperCase() || '?'
}

const TONES = 6

/** A tone, 0 to 5, that stays with a person. */
export function toneOf(id: string): number {
  let hash = 0
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return hash % TONES
}

export const roleNames: Record<Role, string> = { tutor: 'Tutor', student: 'Student', guest: 'Guest' }

/** "1 participant", "0 participants". */
export const participantCount = (count: number): string =>
  `${String(count)} ${count === 1 ? 'participant' : 'participants'}`

/** "2:05" or "1:02:05" of a time in ms. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(seconds / 3600)
  return hours > 0 ? `${String(hours)}:${parts.join(':')}` : parts.join(':').replace(/^0/, '')
}
