import { describe, expect, it } from 'vitest'
import type { LiveClassDetails } from '../protocol/protocol.gen'
import { liveClass } from '../testing/room'
import {
  createBody,
  fieldOfRefusal,
  fieldsOf,
  newFields,
  planProblems,
  scopesOf,
  updateBody,
  type PlanFields,
} from './plan'
import { ONCE } from './recurrence'

const NOW = new Date('2026-03-09T06:00:00Z')
/** A Tuesday, 9:00 in Kolkata. */
const START = new Date('2026-03-10T03:30:00Z')
const ZONE = 'Asia/Kolkata'
const fields = (over: Partial<PlanFields> = {}): PlanFields => ({
  ...newFields(START, ZONE, 'maths'),
  title: 'Primes',
  ...over,
})
const weekly = { ...ONCE, every: 'week', days: ['TU'] } as const

const planned: LiveClassDetails = {
  ...liveClass,
  status: 'scheduled',
  title: 'Primes',
  courseId: 'maths',
  sessionId: null,
  startedAt: null,
  scheduledAt: START.toISOString(),
  durationMinutes: 60,
  seriesId: 'series',
  connected: [],
  recurrence: { rrule: 'FREQ=WEEKLY;BYDAY=TU', timeZone: ZONE },
}

describe('what is wrong', () => {
  it('is nothing when all is filled in', () => {
    expect(planProblems(fields({ repeat: weekly }), NOW)).toEqual({})
    expect(planProblems(fields({ hasTime: false, day: '', minutes: '' }), NOW)).toEqual({})
  })

  it.each([
    [{ title: '  ' }, 'title'],
    [{ day: '' }, 'at'],
    [{ day: '2026-03-08' }, 'at'],
    [{ minutes: '0' }, 'minutes'],
    [{ minutes: '1e3' }, 'minutes'],
    [{ most: '-1' }, 'most'],
    [{ description: 'x'.repeat(4001) }, 'description'],
    [{ repeat: { ...weekly, interval: '0' } }, 'repeat'],
    [{ repeat: { ...weekly, ends: 'on', until: '2026-03-09' } }, 'repeat'],
    [{ repeat: { ...weekly, ends: 'after', count: '2000' } }, 'repeat'],
  ] as const)('%j is told at %s', (over, field) => {
    expect(Object.keys(planProblems(fields(over), NOW))).toEqual([field])
  })

  it('is not a time that was there before', () => {
    expect(planProblems(fields({ day: '2026-03-08' }), NOW, true)).toEqual({})
  })

  it('is found in what the server says', () => {
    expect(fieldOfRefusal('scheduledAt is over: it is 2026-03-10T12:00:00Z now')).toBe('at')
    expect(fieldOfRefusal('the recurrence ends before its first class')).toBe('repeat')
    expect(fieldOfRefusal('Expected `int` <= 1440 - at `$.durationMinutes`')).toBe('minutes')
    expect(fieldOfRefusal('the database is busy')).toBe('form')
  })
})

it('is planned at the wall clock of its zone', () => {
  const body = createBody(fields({ repeat: weekly, sectionId: 'b', most: '30' }), 'id')
  expect(body).toMatchObject({ scheduledAt: START.toISOString(), sectionId: 'b', maxParticipants: 30 })
  expect(body.recurrence).toEqual({ rrule: 'FREQ=WEEKLY;BYDAY=TU', timeZone: ZONE })
  const someday = createBody(fields({ hasTime: false, repeat: weekly, autoStart: true }), 'id')
  expect(someday).toMatchObject({ scheduledAt: null, autoStart: false })
  expect(someday.recurrence).toBeUndefined()
})

describe('a change', () => {
  const { fields: before, isCustom } = fieldsOf(planned, 'UTC', NOW)
  const change = (over: Partial<PlanFields>, scope: 'this' | 'following' | 'all' = 'this') =>
    updateBody(planned, before, { ...before, ...over }, scope)

  it('begins with what is there', () => {
    expect(isCustom).toBe(false)
    expect(before).toMatchObject({ day: '2026-03-10', time: '09:00', zone: ZONE, minutes: '60' })
    expect(
      fieldsOf({ ...planned, recurrence: { rrule: 'FREQ=YEARLY', timeZone: ZONE } }, 'UTC', NOW).isCustom,
    ).toBe(true)
  })

  it('counts the classes that are left of a series', () => {
    const recurrence = { rrule: 'FREQ=DAILY;COUNT=10', timeZone: ZONE }
    expect(fieldsOf({ ...planned, recurrence }, 'UTC', NOW, 4).fields.repeat).toMatchObject({ count: '6' })
  })

  it('tells only what is new', () => {
    expect(change({})).toEqual({ scope: 'this' })
    expect(change({ title: 'Squares' }, 'all')).toEqual({ title: 'Squares', scope: 'all' })
    expect(change({ time: '10:00' }, 'following')).toEqual({
      scheduledAt: '2026-03-10T04:30:00.000Z',
      scope: 'following',
    })
  })

  it('of the day takes the rule with it when it is for those after it too', () => {
    expect(change({ day: '2026-03-11' })).toEqual({ scheduledAt: '2026-03-11T03:30:00.000Z', scope: 'this' })
    expect(change({ day: '2026-03-11' }, 'following').recurrence?.rrule).toBe('FREQ=WEEKLY;BYDAY=WE')
  })

  it('of the rule is for this class and those after it', () => {
    const after = { ...before, repeat: { ...before.repeat, interval: '2' } }
    expect(scopesOf(before, after)).toEqual(['following'])
    expect(scopesOf(before, { ...before, day: '2026-03-11' })).toEqual(['this', 'following'])
    expect(scopesOf(before, { ...before, title: 'x' })).toEqual(['this', 'following', 'all'])
    expect(updateBody(planned, before, after, 'following').recurrence?.rrule).toContain('INTERVAL=2')
  })

  it('leaves the plan alone of what runs', () => {
    const live = { ...planned, status: 'live' as const }
    expect(updateBody(live, before, { ...before, day: '2026-04-01', minutes: '90' }, 'this')).toEqual({
      durationMinutes: 90,
      scope: 'this',
    })
  })
})
