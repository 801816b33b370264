import { expect, it } from 'vitest'
import { commandOf } from './shortcuts'

const press = (key: string, over = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...over,
})

it('knows its keys, in either case', () => {
  expect(['m', 'V', 'r', 'c', 'P', 'x'].map((key) => commandOf(press(key), false))).toEqual([
    'mic',
    'camera',
    'hand',
    'chat',
    'people',
    null,
  ])
})

it('rests while somebody types, holds a key, or means the browser', () => {
  expect(commandOf(press('m'), true)).toBeNull()
  expect(commandOf(press('m', { repeat: true }), false)).toBeNull()
  expect(commandOf(press('r', { ctrlKey: true }), false)).toBeNull()
})
