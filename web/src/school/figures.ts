/** Attendance in figures, for charts and tables. */
import { plural } from '../i18n/plural'
import { regional } from '../home/times'
import type { PersonAttendance, SessionAttendance } from '../protocol/protocol.gen'

export interface Point {
  /** Seconds from the start. */
  at: number
  count: number
}

/** How many were there, at each moment in which that changed. */
export function presence({ startedAt, durationSeconds, people }: SessionAttendance): Point[] {
  const start = Date.parse(startedAt)
  const changes = new Map<number, number>()
  for (const { joinedAt, leftAt } of people.flatMap(({ intervals }) => intervals)) {
    const from = Math.max(0, (Date.parse(joinedAt) - start) / 1000)
    const to = Math.min(durationSeconds, (Date.parse(leftAt) - start) / 1000)
    if (!(to > from)) continue
    changes.set(from, (changes.get(from) ?? 0) + 1)
    changes.set(to, (changes.get(to) ?? 0) - 1)
  }
  let count = 0
  const points: Point[] = [{ at: 0, count: 0 }]
  for (const [at, change] of [...changes].sort(([a], [b]) => a - b)) {
    count += change
    if (at === 0) points.pop()
    points.push({ at, count })
  }
  return points
}

/** The most at once, and when. */
export const peak = (points: readonly Point[]): Point =>
  points.reduce((best, one) => (one.count > best.count ? one : best), { at: 0, count: 0 })

/** "45 min", "1 h 5 min", "30 s". */
export function lengthText(seconds: number): string {
  const unit = (value: number, name: 'hour' | 'minute' | 'second') =>
    value.toLocaleString(regional(), { style: 'unit', unit: name, unitDisplay: 'short' })
  if (seconds < 60) return unit(Math.round(seconds), 'second')
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return unit(minutes, 'minute')
  const rest = minutes % 60
  return [unit(Math.floor(minutes / 60), 'hour'), ...(rest ? [unit(rest, 'minute')] : [])].join(' ')
}

export const percent = (share: number): string =>
  share.toLocaleString(regional(), { style: 'percent', maximumFractionDigits: 0 })

/** What somebody did besides being there; empty when nothing. */
export function activityText(person: PersonAttendance): string {
  const { messages, handsRaised, pollVotes, reactions } = person
  return [
    messages > 0 ? plural(messages, ['# message', '# messages']) : '',
    handsRaised > 0 ? plural(handsRaised, ['# hand', '# hands']) : '',
    pollVotes > 0 ? plural(pollVotes, ['# poll answer', '# poll answers']) : '',
    reactions > 0 ? plural(reactions, ['# reaction', '# reactions']) : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** A scale that ends at or above the highest value, and its marks. */
export function scale(highest: number): number[] {
  const step = Math.max(1, Math.ceil(highest / 4))
  const nice = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000].find((one) => one >= step) ?? step
  const marks = [0]
  while ((marks.at(-1) ?? 0) < highest) marks.push((marks.at(-1) ?? 0) + nice)
  return marks.length > 1 ? marks : [0, nice]
}
