/** Times as people say them, in the zone and the language of the browser. */
import { locale } from '../i18n/locale'
import type { LiveClass } from '../protocol/protocol.gen'

type Times = Pick<LiveClass, 'scheduledAt' | 'startedAt' | 'endedAt' | 'durationMinutes'>

const DAY_MS = 86_400_000

/** The language of the page, written as in the reader's country where that is known. */
export function regional(): string {
  const language = locale()
  const tags = typeof navigator === 'undefined' ? [] : navigator.languages
  return tags.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language
}

const known = new Map<string, Intl.DateTimeFormat>()

/** Making a format takes longer than a hundred uses of it. A date that is none is left out. */
function written(date: Date, locale: string, options: Intl.DateTimeFormatOptions): string {
  if (Number.isNaN(date.getTime())) return ''
  const key = locale + JSON.stringify(options)
  const format = known.get(key) ?? new Intl.DateTimeFormat(locale, options)
  known.set(key, format)
  return format.format(date)
}

const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()

export const clock = (date: Date, locale = regional()): string =>
  written(date, locale, { hour: '2-digit', minute: '2-digit' })

/** "Today", "Tomorrow", "Yesterday", or "Mon 3 Mar"; with the year when it is another. */
export function dayText(date: Date, now: Date, locale = regional()): string {
  // Days of a changing clock have 23 or 25 hours.
  const days = Math.round((midnight(date) - midnight(now)) / DAY_MS)
  if (Math.abs(days) <= 1) {
    const word = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(days, 'day')
    return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1)
  }
  const isThisYear = date.getFullYear() === now.getFullYear()
  return written(date, locale, {
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
  locale = regional(),
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
export function sinceText({ startedAt }: Times, locale = regional()): string {
  if (startedAt === null) return 'Live now'
  const time = clock(new Date(startedAt), locale)
  return `Since ${time}`
}

/** "3 March 2026, 14:00", in any zone. */
export const momentText = (date: Date, timeZone?: string, locale = regional()): string =>
  written(date, locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  })

/** "3 March 2026". */
export const dateText = (date: Date, locale = regional()): string =>
  written(date, locale, { dateStyle: 'medium' })

/** "Tuesday, 3 March 2026 at 14:00". */
export const fullText = (date: Date, locale = regional()): string =>
  written(date, locale, { dateStyle: 'full', timeStyle: 'short' })

/** "3 Mar". */
export const shortDateText = (date: Date, locale = regional()): string =>
  written(date, locale, { day: 'numeric', month: 'short' })

/** The next full hour. */
export function nextHour(now: Date): Date {
  const hour = new Date(now)
  hour.setHours(now.getHours() + 1, 0, 0, 0)
  return hour
}

export const numberText = (value: number): string => value.toLocaleString(regional())
