import { describe, expect, it } from 'vitest'
import { commandOf, explained, keyName, SHORTCUTS, type Place } from './shortcuts'

const press = (key: string, over = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...over,
})
const nowhere: Place = { isTyping: false, isOnControl: false, isWithoutSingles: false }

it('has one key for each command, and says of each what it does', () => {
  expect(new Set(SHORTCUTS.map(({ key }) => key)).size).toBe(SHORTCUTS.length)
  expect(new Set(SHORTCUTS.map(({ command }) => command)).size).toBe(SHORTCUTS.length)
  for (const { command, key } of SHORTCUTS) {
    expect(explained(command)).not.toBe('')
    expect(keyName(key).trim()).not.toBe('')
  }
})

describe('the command of a key', () => {
  it('is the same in either case', () => {
    expect(['m', 'V', 'r', 'c', 'P', 'x', '?', 'F2'].map((key) => commandOf(press(key), nowhere))).toEqual([
      'mic',
      'camera',
      'hand',
      'chat',
      'people',
      null,
      'help',
      'toolbar',
    ])
  })

  it('is that of the place where another script has other letters, but that of the letter in Latin', () => {
    expect(commandOf(press('ب', { code: 'KeyM' }), nowhere)).toBe('mic')
    expect(commandOf(press('x', { code: 'KeyM' }), nowhere)).toBeNull()
  })

  it('is none while somebody types, but for the keys that never write', () => {
    const typing = { ...nowhere, isTyping: true, isOnControl: true }
    expect(['m', '?', ' '].map((key) => commandOf(press(key), typing))).toEqual([null, null, null])
    expect(['F2', 'Escape'].map((key) => commandOf(press(key), typing))).toEqual(['toolbar', 'close'])
  })

  it('is none for a key that is held, or means the browser', () => {
    expect(commandOf(press('m', { repeat: true }), nowhere)).toBeNull()
    expect(commandOf(press('r', { ctrlKey: true }), nowhere)).toBeNull()
  })

  it('leaves Space to what has the focus', () => {
    expect(commandOf(press(' '), nowhere)).toBe('talk')
    expect(commandOf(press(' '), { ...nowhere, isOnControl: true })).toBeNull()
  })

  it('is none for single keys that were switched off', () => {
    const without = { ...nowhere, isWithoutSingles: true }
    expect(['m', ' ', '?', 'F2'].map((key) => commandOf(press(key), without))).toEqual([
      null,
      null,
      null,
      'toolbar',
    ])
  })
})
