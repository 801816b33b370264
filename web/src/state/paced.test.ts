import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { paced } from './paced'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('shows the first at once, and of a burst only the last', () => {
  const shown: number[] = []
  const show = paced((value: number) => shown.push(value), 50)
  for (const value of [1, 2, 3, 4]) show(value)
  expect(shown).toEqual([1])
  vi.advanceTimersByTime(50)
  expect(shown).toEqual([1, 4])
  show(5)
  expect(shown).toEqual([1, 4])
  vi.advanceTimersByTime(50)
  expect(shown).toEqual([1, 4, 5])
  vi.advanceTimersByTime(50)
  show(6)
  expect(shown).toEqual([1, 4, 5, 6])
})

it('shows nothing after it was stopped', () => {
  const shown: number[] = []
  const show = paced((value: number) => shown.push(value), 50)
  show(1)
  show(2)
  show.stop()
  vi.advanceTimersByTime(500)
  expect(shown).toEqual([1])
})
