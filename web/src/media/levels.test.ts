import { expect, it } from 'vitest'
import { Chime } from './chime'
import { levelOf, watchLevel } from './levels'

it('is 0 in silence, 1 when loud, and between them for speech', () => {
  expect(levelOf(new Float32Array(1024))).toBe(0)
  expect(levelOf(new Float32Array(1024).fill(1))).toBe(1)
  const speech = levelOf(new Float32Array(1024).fill(0.02))
  expect(speech).toBeGreaterThan(0.3)
  expect(speech).toBeLessThan(0.7)
  expect(levelOf(new Float32Array(0))).toBe(0)
})

it('costs nobody the class where a page may make no sound of its own', () => {
  expect('AudioContext' in globalThis).toBe(false)
  watchLevel({} as MediaStreamTrack, () => undefined)()
  new Chime().ring()
})
