/** How people are shown by name. */
import { plural } from '../i18n/plural'
import type { Role } from '../protocol/protocol.gen'

/** One or two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  )
  return letters.join('').toUpperCase() || '?'
}

/** 24 hues around the wheel, half of them darker; white can be read on each (contrast of 5 at least). */
export const COLORS =
  '9f5058 9d5635 8f6213 756f14 507938 167f5c 027c7c 027797 3f6da7 6662a6 835895 96517a 4c5918 286037 0f6054 045d69 16587f 3f4f84 5a467d 6e3f6a 7a3b50 7d3d34 764516 65500b'
    .split(' ')
    .map((hex) => `#${hex}`)

/** A color that stays with a person. */
export function colorOf(id: string): string {
  let hash = 0x811c9dc5
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  // Ids of one class are often much alike: spread what differs over all bits.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return COLORS[((hash ^ (hash >>> 16)) >>> 0) % COLORS.length] ?? '#000'
}

export function roleName(role: Role): string {
  switch (role) {
    case 'tutor':
      return /* @wc-include */ 'Tutor'
    case 'student':
      return /* @wc-include */ 'Student'
    case 'guest':
      return /* @wc-include */ 'Guest'
  }
}

/** "1 participant", "0 participants". */
export const participantCount = (count: number): string => plural(count, ['# participant', '# participants'])

/** "2:05" or "1:02:05" of a time in ms. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  const hours = Math.floor(seconds / 3600)
  return hours > 0 ? `${String(hours)}:${parts.join(':')}` : parts.join(':').replace(/^0/, '')
}
