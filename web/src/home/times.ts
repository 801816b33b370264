/** Times as people say them, in the zone and the language of the browser. */
import type { LiveClass } from '../protocol/protocol.gen'

type Times = Pick<LiveClass, 'scheduledAt' | 'startedAt' | 'endedAt' | 'durationMinutes'>

const DAY_MS = 86_400_000

const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()

export const clock = (date: Date, locale?: string): string =>
  date.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })

/** "Today", "Tomorrow", "Yesterday", or "Mon 3 Mar"; with the year when it is another. */
export function dayText(date: Date, now: Date, locale?: string): string {
  // Days of a changing clock have 23 or 25 hours.
  const days = Math.round((midnight(date) - midnight(now)) / DAY_MS)
  if (days === 0) return 'Today'
  if (days === 1) return 'Tomorrow'
  if (days === -1) return 'Yesterday'
  const isThisYear = date.getFullYear() === now.getFullYear()
  return date.toLocaleDateString(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
  })
}

/** "Today, 14:00 – 15:00". */
export function whenText(
  { scheduledAt, startedAt, endedAt, durationMinutes }: Times,
  now: Date,
  locale?: string,
): string {
  const from = startedAt ?? scheduledAt
  if (from === null) return 'Without a time'
  const start = new Date(from)
  const planned = durationMinutes === null ? null : start.getTime() + durationMinutes * 60_000
  const end = startedAt === null ? planned : endedAt === null ? null : Date.parse(endedAt)
  const until = end === null ? '' : ` – ${clock(new Date(end), locale)}`
  return `${dayText(start, now, locale)}, ${clock(start, locale)}${until}`
}

/** Of a class that runs: "Since 14:00". */
export const sinceText = ({ startedAt }: Times, locale?: string): string =>
  startedAt === null ? 'Live now' : `Since ${clock(new Date(startedAt), locale)}`

/** The next full hour, for `<input type="datetime-local">`. */
export function nextHour(now: Date): string {
  const hour = new Date(now)
  hour.setHours(now.getHours() + 1, 0, 0, 0)
  return localInput(hour)
}

/** The wall clock of this date, as `<input type="datetime-local">` wants it. */
export function localInput(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [String(date.getFullYear()), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}
