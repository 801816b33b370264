import { expect, it } from 'vitest'
import { ServerClock } from './clock'

const NOON = Date.parse('2026-03-01T12:00:00Z')
const at = (ms: number) => new Date(ms).toISOString()

it('goes by the clock of the server, by its quickest answer', () => {
  let machine = NOON - 3_600_000
  const clock = new ServerClock(() => machine)
  expect(clock.now()).toBe(machine)
  clock.heard(at(NOON), machine - 400)
  expect(clock.now()).toBe(NOON + 200)
  clock.heard(at(NOON), machine - 4_000)
  clock.heard('not a time', machine)
  clock.heard(null, machine)
  machine += 60_000
  expect(clock.date()).toEqual(new Date(NOON + 60_200))
  clock.heard(at(NOON + 60_100), machine - 20)
  expect(clock.now()).toBe(NOON + 60_110)
})

it('follows when the clock of this machine is set right, also by a slow answer', () => {
  let machine = NOON - 3_600_000
  const clock = new ServerClock(() => machine)
  clock.heard(at(NOON), machine - 10)
  machine += 3_600_000
  clock.heard(at(NOON + 500), machine - 1_000)
  expect(clock.now()).toBe(NOON + 1_000)
})

it('knows that whole seconds are half a second late on average', () => {
  const clock = new ServerClock(() => NOON)
  clock.heard('Sun, 01 Mar 2026 11:00:00 GMT', NOON, 1_000)
  expect(clock.now()).toBe(NOON - 3_600_000 + 500)
  clock.heard('Sun, 01 Mar 2026 11:00:00 GMT', NOON - 100, 1_000)
  expect(clock.now(), 'a slower one says nothing new').toBe(NOON - 3_600_000 + 500)
})
