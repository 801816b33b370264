/** When a class is, in the reader's own time zone and language, and how long it is until then. */
import { regional } from '../home/times'
import type { LiveClass } from '../protocol/protocol.gen'
import { duration } from '../ui/names'

export type Planned = Pick<LiveClass, 'scheduledAt' | 'durationMinutes'>

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0)

/** "Today, 14:00 – 15:00 CET"; empty without a time. */
export function plannedText({ scheduledAt, durationMinutes }: Planned, now: number, zone?: string): string {
  if (scheduledAt === null) return ''
  const start = Date.parse(scheduledAt)
  const time = new Intl.DateTimeFormat(regional(), {
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    ...(zone === undefined ? {} : { timeZone: zone }),
  })
  const span =
    durationMinutes === null
      ? time.format(start)
      : time.formatRange(start, start + durationMinutes * MINUTE_MS)
  return `${dayOf(start, now)}, ${span}`
}

function dayOf(start: number, now: number): string {
  const days = Math.round((midnight(start) - midnight(now)) / DAY_MS)
  if (Math.abs(days) > 1)
    return new Intl.DateTimeFormat(regional(), { weekday: 'short', day: 'numeric', month: 'short' }).format(
      start,
    )
  const word = new Intl.RelativeTimeFormat(regional(), { numeric: 'auto' }).format(days, 'day')
  return word.charAt(0).toLocaleUpperCase(regional()) + word.slice(1)
}

/** "Starts in 4:05", "Starts in 3 hours"; when it is late, "Planned for 5 minutes ago". Empty without a time. */
export function untilText({ scheduledAt }: Planned, now: number): string {
  if (scheduledAt === null) return ''
  const left = Date.parse(scheduledAt) - now
  if (left <= -MINUTE_MS) return `It should have started ${relative(left)}`
  if (left <= 0) return 'It should start now'
  if (left < HOUR_MS) return `Starts in ${duration(left)}`
  return `Starts ${relative(left)}`
}

/** "in 3 hours", "5 minutes ago". */
function relative(ms: number): string {
  const format = new Intl.RelativeTimeFormat(regional(), { numeric: 'always' })
  const size = Math.abs(ms)
  if (size < HOUR_MS) return format.format(Math.trunc(ms / MINUTE_MS), 'minute')
  if (size < DAY_MS) return format.format(Math.trunc(ms / HOUR_MS), 'hour')
  return format.format(Math.trunc(ms / DAY_MS), 'day')
}

/** Names as a list: "Ada, Ben and Eva". */
export const namesText = (names: readonly string[]): string =>
  new Intl.ListFormat(regional(), { type: 'conjunction' }).format(names)
