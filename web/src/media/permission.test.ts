import { expect, it } from 'vitest'
import { isGranted } from './permission'

const answers = (state: PermissionState) => ({
  query: () => Promise.resolve({ state } as PermissionStatus),
})

it('knows what the browser gives without a question', async () => {
  expect(await isGranted('mic', answers('granted'))).toBe(true)
  expect(await isGranted('camera', answers('prompt'))).toBe(false)
  expect(await isGranted('screen', answers('granted')), 'a screen always needs a click').toBe(false)
})

it('takes for a question what nobody tells', async () => {
  expect(await isGranted('mic', undefined)).toBe(false)
  const throws = { query: () => Promise.reject(new TypeError('microphone is no permission')) }
  expect(await isGranted('mic', throws)).toBe(false)
})
