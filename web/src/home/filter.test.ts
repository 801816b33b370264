import { expect, it } from 'vitest'
import { liveClass } from '../testing/room'
import { ALL, bounds, dayStart, fits, isFiltering, type ClassFilter } from './filter'

const by = (over: Partial<ClassFilter>): ClassFilter => ({ ...ALL, ...over })
const at = (day: number, hour: number) => new Date(2026, 2, day, hour).toISOString()

it('knows whether anything is left out', () => {
  expect(isFiltering(ALL)).toBe(false)
  expect(isFiltering(by({ type: 'quiz' }))).toBe(true)
  expect(isFiltering(by({ to: '2026-03-01' }))).toBe(true)
})

it('takes days from their first moment here to their last', () => {
  const filter = by({ from: '2026-03-02', to: '2026-03-02' })
  expect(bounds(filter)).toEqual({ from: at(2, 0), to: at(3, 0) })
  const on = (scheduledAt: string) => fits(filter, { ...liveClass, scheduledAt })
  expect([on(at(2, 0)), on(at(2, 23)), on(at(3, 0)), on(at(1, 23))]).toEqual([true, true, false, false])
})

it('asks for nothing that the server would refuse', () => {
  const { from, to } = bounds(by({ from: '2026-03-05', to: '2026-03-01' }))
  expect(Date.parse(to ?? '')).toBeGreaterThan(Date.parse(from ?? ''))
  expect(bounds(by({ from: 'soon', to: '0001-01-01' }))).toEqual({ from: null, to: null })
  expect(dayStart('')).toBeNull()
})

it.each([
  [{ courseId: 'course' }, true],
  [{ courseId: 'other' }, false],
  [{ status: 'live' }, true],
  [{ status: 'ended' }, false],
  [{ type: 'lecture' }, true],
  [{ type: 'demo' }, false],
] as const)('%j', (over, expected) => {
  expect(fits(by(over), liveClass)).toBe(expected)
})
