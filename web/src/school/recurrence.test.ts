import { describe, expect, it } from 'vitest'
import { ONCE, repeatOf, ruleOf, sameRepeat, weekdayOf, type Repeat } from './recurrence'
import { recurrenceText, repeatText } from './recurrence-text'

const repeat = (over: Partial<Repeat>): Repeat => ({ ...ONCE, ...over })
const ZONE = 'Asia/Kolkata'
/** A Tuesday, the second of its month. */
const DAY = '2026-03-10'

describe('a rule', () => {
  it.each([
    [{ every: 'day' }, 'FREQ=DAILY'],
    [{ every: 'day', interval: '3' }, 'FREQ=DAILY;INTERVAL=3'],
    [{ every: 'week' }, 'FREQ=WEEKLY;BYDAY=TU'],
    [{ every: 'week', interval: '2', days: ['FR', 'MO'] }, 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR'],
    [{ every: 'month' }, 'FREQ=MONTHLY'],
    [{ every: 'month-weekday' }, 'FREQ=MONTHLY;BYDAY=2TU'],
  ] as const)('of %j is %s', (over, rrule) => {
    expect(ruleOf(repeat(over), DAY, ZONE)).toEqual({ rrule, timeZone: ZONE })
  })

  it('takes the fifth weekday of a month as the last', () => {
    expect(ruleOf(repeat({ every: 'month-weekday' }), '2026-03-31', ZONE)?.rrule).toContain('BYDAY=-1TU')
  })

  it('ends with its last day in the zone of the class, or after so many', () => {
    const until = ruleOf(repeat({ every: 'day', ends: 'on', until: '2026-04-01' }), DAY, ZONE)
    expect(until?.until).toBe('2026-04-01T18:29:00.000Z')
    expect(ruleOf(repeat({ every: 'day', ends: 'after', count: '8' }), DAY, ZONE)?.count).toBe(8)
    expect(ruleOf(ONCE, DAY, ZONE)).toBeNull()
  })
})

describe('a form of a rule', () => {
  it.each([
    ['FREQ=WEEKLY;BYDAY=MO,WE', { every: 'week', days: ['MO', 'WE'] }],
    ['RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5', { every: 'day', interval: '2', ends: 'after', count: '5' }],
    ['FREQ=DAILY;UNTIL=20260401T235900', { every: 'day', ends: 'on', until: '2026-04-01' }],
    ['FREQ=DAILY;UNTIL=20260401T190000Z', { every: 'day', ends: 'on', until: '2026-04-02' }],
    ['FREQ=MONTHLY;BYDAY=-1TU;WKST=SU', { every: 'month-weekday' }],
  ] as const)('reads %s', (rrule, over) => {
    expect(repeatOf({ rrule, timeZone: ZONE })).toMatchObject(over)
  })

  it('leaves alone what it cannot show', () => {
    for (const rrule of ['FREQ=YEARLY', 'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1', 'FREQ=WEEKLY;BYMONTH=3'])
      expect(repeatOf({ rrule, timeZone: ZONE })).toBeNull()
    expect(recurrenceText({ rrule: 'FREQ=YEARLY', timeZone: ZONE })).toBe('Repeats by a rule of its own')
  })

  it('comes back as it went', () => {
    const one = repeat({ every: 'week', interval: '2', days: ['TU', 'TH'], ends: 'on', until: '2026-06-30' })
    const rule = ruleOf(one, DAY, ZONE)
    const back = rule && repeatOf(rule)
    expect(back && sameRepeat(back, one)).toBe(true)
    expect(sameRepeat(one, { ...one, days: ['TU'] })).toBe(false)
    expect(sameRepeat(repeat({ days: ['MO'] }), ONCE)).toBe(true)
  })
})

it('is said in words', () => {
  expect(repeatText(repeat({ every: 'week', days: ['WE', 'MO'] }))).toBe('Every week on Monday and Wednesday')
  expect(repeatText(repeat({ every: 'day', interval: '2', ends: 'after', count: '5' }))).toBe(
    'Every 2 days, 5 classes in all',
  )
  expect(repeatText(repeat({ every: 'month', ends: 'on', until: '2026-04-01' }))).toMatch(/until .*2026/)
})

it('knows the weekdays', () => {
  expect([weekdayOf('2026-03-09'), weekdayOf('2026-03-15'), weekdayOf('soon')]).toEqual(['MO', 'SU', null])
})
