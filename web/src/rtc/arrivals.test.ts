import { beforeEach, expect, it } from 'vitest'
import { Arrivals, CEASED_AFTER_MS, LOOK_EVERY_MS } from './arrivals'

let arrivals: Arrivals
let now: number
beforeEach(() => {
  arrivals = new Arrivals()
  now = 1_000
})

/** Looks for so many ms; `flows`: something came before each look. Answers after how many ms it said something. */
function pass(ms: number, flows: boolean, every = LOOK_EVERY_MS): number[] {
  const said: number[] = []
  const start = now
  let stamp = start
  for (let at = every; at <= ms; at += every) {
    now = start + at
    if (flows) stamp = now
    if (arrivals.look(stamp, now)) said.push(at)
  }
  return said
}

it('says once that a steady flow has ceased', () => {
  expect(pass(5_000, true)).toEqual([])
  expect(pass(20_000, false)).toEqual([CEASED_AFTER_MS])
  expect(pass(5_000, true)).toEqual([])
  expect(pass(5_000, false)).toEqual([CEASED_AFTER_MS])
})

it('says nothing of what was no flow', () => {
  expect(pass(1_000, true)).toEqual([])
  expect(pass(5_000, false)).toEqual([])
})

it('says nothing where nothing ever came', () => {
  for (let at = 0; at < 10_000; at += LOOK_EVERY_MS) expect(arrivals.look(null, at)).toBe(false)
})

it('bears with gaps that every network has', () => {
  for (let n = 0; n < 10; n++) {
    expect(pass(1_000, true)).toEqual([])
    expect(pass(500, false)).toEqual([])
  }
})

it('draws no conclusion after a sleep, or while it is seldom asked', () => {
  expect(pass(5_000, true)).toEqual([])
  now += 60_000
  expect(pass(LOOK_EVERY_MS, false)).toEqual([])
  expect(pass(20_000, true, 1_000)).toEqual([])
  expect(pass(20_000, false, 1_000)).toEqual([])
})
