/** Which classes somebody wants to see in a list. */
import type { LiveClass, LiveClassStatus, LiveClassType } from '../protocol/protocol.gen'

export interface ClassFilter {
  courseId: string | null
  status: LiveClassStatus | null
  type: LiveClassType | null
  /** Days as `<input type="date">` gives them, in the zone of the browser; both are included. Empty: any. */
  from: string
  to: string
}

export const ALL: ClassFilter = { courseId: null, status: null, type: null, from: '', to: '' }

export const isFiltering = (filter: ClassFilter): boolean =>
  Object.entries(filter).some(([, value]) => value !== null && value !== '')

/** The first moment of a day, here; null for what is no day. */
export function dayStart(day: string, later = 0): Date | null {
  const [year, month, date] = day.split('-').map(Number)
  if (year === undefined || month === undefined || date === undefined) return null
  const start = new Date(year, month - 1, date + later)
  return Number.isNaN(start.getTime()) || year < 1000 ? null : start
}

/** What the server is asked for: from the first moment of one day to that after the other. */
export function bounds(filter: ClassFilter): { from: string | null; to: string | null } {
  const from = dayStart(filter.from)
  const to = dayStart(filter.to, 1)
  // The server refuses a time that ends before it begins: there is nothing in it anyway.
  if (from && to && to <= from) return { from: from.toISOString(), to: new Date(+from + 1).toISOString() }
  return { from: from?.toISOString() ?? null, to: to?.toISOString() ?? null }
}

/** Whether a class that the server tells of belongs into the list. A class without a time is of no day. */
export function fits(filter: ClassFilter, one: LiveClass): boolean {
  if (filter.courseId !== null && one.courseId !== filter.courseId) return false
  if (filter.status !== null && one.status !== filter.status) return false
  if (filter.type !== null && one.type !== filter.type) return false
  const { from, to } = bounds(filter)
  const at = one.scheduledAt ?? one.startedAt
  // What the server listed without a time it found by the day on which it was planned.
  if (at === null) return true
  return (
    (from === null || Date.parse(at) >= Date.parse(from)) && (to === null || Date.parse(at) < Date.parse(to))
  )
}
