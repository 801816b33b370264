import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FakePage } from '../testing/page'
import { whileVisible } from './while-visible'

let page: FakePage
let times: number

beforeEach(() => {
  vi.useFakeTimers()
  page = new FakePage()
  times = 0
})
afterEach(() => {
  vi.useRealTimers()
})

const count = () => {
  times += 1
  return Promise.resolve()
}

it('works every so often until it is ended', async () => {
  const end = whileVisible(count, 1_000, page)
  await vi.advanceTimersByTimeAsync(3_000)
  expect(times).toBe(3)
  end()
  page.become('visible')
  await vi.advanceTimersByTimeAsync(3_000)
  expect(times).toBe(3)
})

it('rests while the page is hidden, and goes on at once when it is seen again', async () => {
  const end = whileVisible(count, 1_000, page)
  page.become('hidden')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(times).toBe(0)
  page.become('visible')
  expect(times).toBe(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(times).toBe(2)
  end()
})

it('never does two at once', async () => {
  let release: () => void = () => undefined
  const end = whileVisible(
    () => {
      times += 1
      return new Promise((resolve) => (release = resolve))
    },
    1_000,
    page,
  )
  await vi.advanceTimersByTimeAsync(1_000)
  page.become('visible')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(times).toBe(1)
  release()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(times).toBe(2)
  end()
})
