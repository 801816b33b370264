/** How a class recurs: what a form says of it, and the rules of RFC 5545 that the server knows. */
import { getDayOfWeek, parseDate } from '@internationalized/date'
import type { Recurrence } from '../protocol/protocol.gen'
import { momentOf, wallClock } from './zones'

export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
export type Weekday = (typeof WEEKDAYS)[number]

export type Every = 'never' | 'day' | 'week' | 'month' | 'month-weekday'
export type Ends = 'never' | 'on' | 'after'

export interface Repeat {
  every: Every
  /** Every so many days, weeks or months. */
  interval: string
  /** For weeks; empty: that of the first class. */
  days: readonly Weekday[]
  ends: Ends
  /** The last day that counts. */
  until: string
  count: string
}

export const ONCE: Repeat = { every: 'never', interval: '1', days: [], ends: 'never', until: '', count: '10' }

const FREQUENCY: Record<Exclude<Every, 'never'>, string> = {
  day: 'DAILY',
  week: 'WEEKLY',
  month: 'MONTHLY',
  'month-weekday': 'MONTHLY',
}

/** Null for what is no day. */
export function weekdayOf(day: string): Weekday | null {
  try {
    return WEEKDAYS[(getDayOfWeek(parseDate(day), 'en-US') + 6) % 7] ?? null
  } catch {
    return null
  }
}

/** "2TU": which such weekday of its month a day is; the fifth is the last. */
function nthWeekday(day: string): string {
  const nth = Math.ceil(Number(day.slice(8, 10)) / 7)
  return `${nth === 5 ? '-1' : String(nth)}${weekdayOf(day) ?? ''}`
}

/** The rule for the server; null for what happens once. `day` is that of the first class. */
export function ruleOf(repeat: Repeat, day: string, zone: string): Recurrence | null {
  const { every, interval, days, ends, until, count } = repeat
  if (every === 'never') return null
  const parts = [`FREQ=${FREQUENCY[every]}`]
  if (Number(interval) > 1) parts.push(`INTERVAL=${String(Number(interval))}`)
  const own = weekdayOf(day)
  const wanted = days.length > 0 ? WEEKDAYS.filter((one) => days.includes(one)) : own ? [own] : []
  if (every === 'week') parts.push(`BYDAY=${wanted.join(',')}`)
  if (every === 'month-weekday') parts.push(`BYDAY=${nthWeekday(day)}`)
  const rule: Recurrence = { rrule: parts.join(';'), timeZone: zone }
  if (ends === 'after') return { ...rule, count: Number(count) }
  const end = ends === 'on' ? momentOf({ day: until, time: '23:59' }, zone) : null
  return end ? { ...rule, until: end.toISOString() } : rule
}

/** What a form can show of a rule; null for one that it cannot. */
export function repeatOf({ rrule, timeZone, until, count }: Recurrence): Repeat | null {
  const parts = new Map<string, string>()
  for (const part of rrule
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .split(';')) {
    const [name = '', value = ''] = part.split('=')
    parts.set(name, value)
  }
  const take = (name: string) => {
    const value = parts.get(name)
    parts.delete(name)
    return value
  }
  const frequency = take('FREQ')
  const byDay = take('BYDAY')?.split(',') ?? []
  const last = untilDay(until ?? take('UNTIL') ?? null, timeZone)
  const most = count ?? (Number(take('COUNT')) || null)
  const repeat: Repeat = {
    ...ONCE,
    interval: take('INTERVAL') ?? '1',
    ends: last !== null ? 'on' : most !== null ? 'after' : 'never',
    until: last ?? '',
    count: most === null ? ONCE.count : String(most),
  }
  take('WKST')
  take('UNTIL')
  if (parts.size > 0) return null
  const days = WEEKDAYS.filter((day) => byDay.includes(day))
  if (frequency === 'DAILY' && byDay.length === 0) return { ...repeat, every: 'day' }
  if (frequency === 'WEEKLY' && days.length === byDay.length) return { ...repeat, every: 'week', days }
  if (frequency !== 'MONTHLY') return null
  if (byDay.length === 0) return { ...repeat, every: 'month' }
  return byDay.length === 1 && /^-?\d/.test(byDay[0] ?? '') ? { ...repeat, every: 'month-weekday' } : null
}

/** The day of an UNTIL, in a rule or of its own. */
function untilDay(until: string | null, zone: string): string | null {
  if (until === null) return null
  const found = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z)?)?$/.exec(until)
  if (!found) {
    const moment = new Date(until)
    return Number.isNaN(moment.getTime()) ? null : wallClock(moment, zone).day
  }
  const day = found.slice(1, 4).join('-')
  if (!found[6]) return day
  const moment = momentOf({ day, time: `${found[4] ?? '00'}:${found[5] ?? '00'}` }, 'UTC')
  return moment ? wallClock(moment, zone).day : day
}

export const sameRepeat = (a: Repeat, b: Repeat): boolean =>
  a.every === b.every &&
  (a.every === 'never' ||
    (Number(a.interval) === Number(b.interval) &&
      (a.every !== 'week' || [...a.days].sort().join() === [...b.days].sort().join()) &&
      a.ends === b.ends &&
      (a.ends !== 'on' || a.until === b.until) &&
      (a.ends !== 'after' || Number(a.count) === Number(b.count))))
