import { expect, it } from 'vitest'
import { clock, dateText, dayText, momentText, nextHour, sinceText, whenText } from './times'

const now = new Date(2026, 2, 4, 9, 30)
const at = (day: number, hour: number, minute = 0) => new Date(2026, 2, day, hour, minute)
const times = { scheduledAt: null, startedAt: null, endedAt: null, durationMinutes: null }

it('names the days around today', () => {
  expect(dayText(at(4, 23, 59), now)).toBe('Today')
  expect(dayText(at(5, 0), now)).toBe('Tomorrow')
  expect(dayText(at(3, 23), now)).toBe('Yesterday')
  expect(dayText(at(6, 10), now, 'en-GB')).toMatch(/^Fri,? 6 Mar$/)
  expect(dayText(new Date(2027, 2, 6), now, 'en-GB')).toContain('2027')
})

it('says from when to when', () => {
  const scheduledAt = at(4, 14).toISOString()
  expect(whenText({ ...times, scheduledAt }, now, 'en-GB')).toBe('Today, 14:00')
  expect(whenText({ ...times, scheduledAt, durationMinutes: 90 }, now, 'en-GB')).toBe('Today, 14:00 – 15:30')
  const took = { startedAt: at(4, 14, 2).toISOString(), endedAt: at(4, 15).toISOString() }
  expect(whenText({ ...times, scheduledAt, ...took }, now, 'en-GB')).toBe('Today, 14:02 – 15:00')
  expect(whenText(times, now)).toBe('Without a time')
  expect(sinceText({ ...times, startedAt: at(4, 9).toISOString() }, 'en-GB')).toBe('Since 09:00')
})

it('proposes the next full hour', () => {
  expect(nextHour(now)).toEqual(at(4, 10))
  expect(nextHour(new Date(2026, 11, 31, 23, 5))).toEqual(new Date(2027, 0, 1))
})

it('writes moments in other zones and other languages', () => {
  const moment = new Date('2026-03-01T22:30:00Z')
  expect(momentText(moment, 'Asia/Kolkata', 'en-GB')).toBe('2 Mar 2026, 04:00')
  expect(dayText(at(5, 0), now, 'es')).toBe('Mañana')
})

it('leaves a time out that is none', () => {
  expect(clock(new Date('soon'), 'en-GB')).toBe('')
  expect(dateText(new Date(Number.NaN), 'en-GB')).toBe('')
})
