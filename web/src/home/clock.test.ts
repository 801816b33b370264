import { expect, it } from 'vitest'
import { ServerClock } from './clock'

const NOON = Date.parse('2026-03-01T12:00:00Z')

it('follows the server when this machine is wrong, by the quickest answer', () => {
  let local = NOON - 3_600_000
  const clock = new ServerClock(() => local)
  const askedAt = local
  local += 200
  clock.observe('Sun, 01 Mar 2026 12:00:00 GMT', askedAt)
  expect(Math.abs(clock.now().getTime() - NOON)).toBeLessThan(1_000)
  local += 60_000
  clock.observe('Sun, 01 Mar 2026 15:00:00 GMT', local - 30_000)
  expect(Math.abs(clock.now().getTime() - NOON - 60_000)).toBeLessThan(1_000)
})

it('leaves a clock alone that is right, and without a date', () => {
  const clock = new ServerClock(() => NOON)
  clock.observe('Sun, 01 Mar 2026 11:59:59 GMT', NOON)
  clock.observe(null, NOON)
  clock.observe('nonsense', NOON)
  expect(clock.now().getTime()).toBe(NOON)
})
