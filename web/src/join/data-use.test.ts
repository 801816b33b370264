import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../testing/storage'
import { costOf, keepStep, propose, stepForRoom } from './data-use'

describe('what is proposed', () => {
  it.each([
    [{}, 'full', 'usual'],
    [{ type: 'wifi', effectiveType: '4g', downlink: 10, saveData: false }, 'full', 'usual'],
    [{ type: 'cellular', effectiveType: '4g' }, 'saver', 'mobile'],
    [{ saveData: true }, 'saver', 'save-data'],
    [{ effectiveType: '2g', downlink: 0.4 }, 'saver', 'slow'],
    [{ effectiveType: 'slow-2g', saveData: true }, 'audio', 'slow'],
  ] as const)('on a line of %o', (line, step, why) => {
    expect(propose(new MemoryStorage(), line)).toEqual({ step, why })
  })

  it('is what somebody chose here before, whatever the line', () => {
    const storage = new MemoryStorage()
    keepStep(storage, 'slides')
    expect(propose(storage, { type: 'cellular' })).toEqual({ step: 'slides', why: 'kept' })
    expect(propose(storage, {}, 'audio pinned').step).toBe('audio')
    storage.setItem('podium.data-use', 'everything and more')
    expect(propose(storage, {}).step).toBe('full')
  })
})

it('tells the room what is new to it, and leaves what it knows', () => {
  const usual = { step: 'full', why: 'usual' } as const
  const mobile = { step: 'saver', why: 'mobile' } as const
  expect(stepForRoom(null, usual, null)).toBeNull()
  expect(stepForRoom(null, mobile, null)).toBe('saver')
  expect(stepForRoom('audio pinned', mobile, null)).toBeNull()
  expect(stepForRoom('audio pinned', mobile, 'audio')).toBeNull()
  expect(stepForRoom('audio', mobile, 'full')).toBe('full')
})

it('takes costs from the server alone', () => {
  const use = [{ reception: 'saver', megabytesPerHour: 130 }] as const
  expect([costOf(use, 'saver'), costOf(use, 'full')]).toEqual([130, null])
})
