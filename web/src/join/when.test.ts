import { describe, expect, it } from 'vitest'
import { namesText, plannedText, untilText } from './when'

const now = Date.parse('2026-03-04T12:00:00Z')
const at = (ms: number, durationMinutes: number | null = null) => ({
  scheduledAt: new Date(now + ms).toISOString(),
  durationMinutes,
})
const MINUTE = 60_000

describe('untilText', () => {
  it.each([
    [5 * MINUTE + 7_000, 'Starts in 5:07'],
    [59_000, 'Starts in 0:59'],
    [150 * MINUTE, 'Starts in 2 hours'],
    [3 * 24 * 60 * MINUTE, 'Starts in 3 days'],
    [0, 'It should start now'],
    [-5 * MINUTE, 'It should have started 5 minutes ago'],
  ])('%d ms before the start', (left, text) => {
    expect(untilText(at(left), now)).toBe(text)
  })

  it('has nothing to say without a time', () => {
    expect(untilText({ scheduledAt: null, durationMinutes: 60 }, now)).toBe('')
  })
})

it('tells the time in the zone of the reader', () => {
  expect(plannedText(at(2 * 60 * MINUTE, 60), now, 'Asia/Kolkata')).toMatch(/^Today, 0?7:30.*0?8:30/)
  expect(plannedText(at(-90 * MINUTE), now, 'UTC')).toContain('10:30')
  expect(plannedText(at(10 * 24 * 60 * MINUTE), now, 'UTC')).toContain('14')
})

it('lists names', () => {
  expect(namesText(['Ada', 'Ben', 'Eva'])).toBe('Ada, Ben, and Eva')
})
