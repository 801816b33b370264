/** A recurrence in words. */
import { dateText, regional } from '../home/times'
import { plural } from '../i18n/plural'
import type { Recurrence } from '../protocol/protocol.gen'
import { repeatOf, WEEKDAYS, type Repeat, type Weekday } from './recurrence'

const MONDAY = Date.UTC(2024, 0, 1)
const DAY_MS = 86_400_000

export const weekdayName = (day: Weekday, width: 'long' | 'short'): string =>
  new Date(MONDAY + WEEKDAYS.indexOf(day) * DAY_MS).toLocaleDateString(regional(), {
    weekday: width,
    timeZone: 'UTC',
  })

function list(items: string[]): string {
  return new Intl.ListFormat(regional(), { type: 'conjunction' }).format(items)
}

function rhythm({ every, interval, days }: Repeat): string {
  const n = Number(interval)
  switch (every) {
    case 'never':
      return 'Takes place once'
    case 'day':
      return plural(n, ['Every day', 'Every # days'])
    case 'week': {
      const names = list(WEEKDAYS.filter((day) => days.includes(day)).map((day) => weekdayName(day, 'long')))
      if (!names) return plural(n, ['Every week', 'Every # weeks'])
      return n === 1 ? `Every week on ${names}` : `Every ${interval} weeks on ${names}`
    }
    case 'month':
      return plural(n, ['Every month on the same day', 'Every # months on the same day'])
    case 'month-weekday':
      return plural(n, ['Every month on the same weekday', 'Every # months on the same weekday'])
  }
}

function end({ every, ends, until, count }: Repeat): string {
  if (every === 'never') return ''
  if (ends === 'after') return plural(Number(count), ['# class in all', '# classes in all'])
  const day = ends === 'on' ? new Date(`${until}T12:00:00`) : null
  if (!day || Number.isNaN(day.getTime())) return ''
  const text = dateText(day)
  return `until ${text}`
}

export function repeatText(repeat: Repeat): string {
  return [rhythm(repeat), end(repeat)].filter(Boolean).join(', ')
}

/** A rule that no form made is said in general. */
export function recurrenceText(recurrence: Recurrence): string {
  const repeat = repeatOf(recurrence)
  return repeat ? repeatText(repeat) : 'Repeats by a rule of its own'
}
