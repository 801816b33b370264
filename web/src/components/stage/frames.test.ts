import { expect, it } from 'vitest'
import { FROZEN_AFTER_MS, FrameWatch } from './frames'

it('says that a picture stands still when it brought frames and brings no more', () => {
  const watch = new FrameWatch()
  expect(watch.look(0, 0, true)).toBe(false)
  expect(watch.look(0, 2 * FROZEN_AFTER_MS, true)).toBe(false)
  watch.look(5, 10_000, true)
  expect(watch.look(5, 10_000 + FROZEN_AFTER_MS - 1, true)).toBe(false)
  expect(watch.look(5, 10_000 + FROZEN_AFTER_MS, true)).toBe(true)
  expect(watch.look(6, 10_500 + FROZEN_AFTER_MS, true)).toBe(false)
})

it('expects nothing of a picture that is paused, nor at once when it goes on', () => {
  const watch = new FrameWatch()
  watch.look(5, 0, true)
  expect(watch.look(5, 2 * FROZEN_AFTER_MS, false)).toBe(false)
  expect(watch.look(5, 2 * FROZEN_AFTER_MS + 1, true)).toBe(false)
  expect(watch.look(5, 3 * FROZEN_AFTER_MS, true)).toBe(true)
})
