import { expect, it } from 'vitest'
import { SILENT_AFTER_MS, SilenceWatch } from './silence'

it('tells a mic that gives nothing, and forgives it with the first sound', () => {
  const watch = new SilenceWatch()
  expect(watch.hear(0, 100)).toBe(false)
  expect(watch.hear(0.01, 100 + SILENT_AFTER_MS - 1)).toBe(false)
  expect(watch.hear(0, 100 + SILENT_AFTER_MS)).toBe(true)
  expect(watch.hear(0.3, 100 + SILENT_AFTER_MS + 1)).toBe(false)
  expect(watch.hear(0, 100 + SILENT_AFTER_MS + 2)).toBe(false)
})
