import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../testing/storage'
import { person } from '../testing/room'
import {
  firstChoice,
  focusOf,
  isStopped,
  rememberedMode,
  rememberMode,
  settled,
  withMode,
  withOnly,
  withPin,
  withStopped,
  type Picture,
} from './choice'

const ana: Picture = { participantId: 'ana', source: 'camera' }
const ben: Picture = { participantId: 'ben', source: 'camera' }
const screen: Picture = { participantId: 'tutor', source: 'screen' }
const grid = firstChoice('grid')

describe('a shared screen', () => {
  it('takes the stage, and the layout is as before when it ends', () => {
    expect(focusOf(grid, 'tutor')).toEqual({ mode: 'stage', picture: screen })
    expect(focusOf(grid, null)).toEqual({ mode: 'grid', picture: null })
  })

  it('takes the stage from a pin of before, not from one made since', () => {
    const before = withPin(grid, ana, null)
    expect(focusOf(before, 'tutor').picture).toEqual(screen)
    expect(focusOf(withPin(before, ana, 'tutor'), 'tutor').picture).toEqual(ana)
    expect(focusOf(before, null).picture).toEqual(ana)
  })

  it('gives way to the grid when that is chosen, but the next one has the stage again', () => {
    const chosen = withMode(firstChoice('stage'), 'grid', 'tutor')
    expect(focusOf(chosen, 'tutor').mode).toBe('grid')
    const ended = settled(chosen, [person('tutor')])
    expect(focusOf(ended, 'tutor').mode).toBe('stage')
    expect(focusOf(withPin(chosen, null, 'tutor'), 'tutor').mode).toBe('stage')
  })
})

it('a pin goes with the person, and with the screen', () => {
  const users = [person('tutor', { isScreenOn: true }), person('ana')]
  const pinned = withPin(grid, ana, null)
  expect(settled(pinned, users)).toBe(pinned)
  expect(settled(pinned, [person('tutor')]).pinned).toBeNull()
  expect(settled(withPin(grid, screen, 'tutor'), [person('tutor')]).pinned).toBeNull()
})

describe('saving data', () => {
  it('stops a picture, and lets it come again', () => {
    const stopped = withStopped(grid, ana, true)
    expect([isStopped(stopped, ana), isStopped(stopped, ben)]).toEqual([true, false])
    expect(isStopped(withStopped(stopped, ana, false), ana)).toBe(false)
  })

  it('lets only one camera come; screens are not cameras', () => {
    const only = withOnly(withStopped(grid, ana, true), ana)
    expect([ana, ben, screen].map((picture) => isStopped(only, picture))).toEqual([false, true, false])
    expect(isStopped(withOnly(only, null), ben)).toBe(false)
    expect(isStopped(withStopped(only, ben, false), ben)).toBe(false)
  })

  it('lets the others come again when the one leaves', () => {
    expect(isStopped(settled(withOnly(grid, ana), [person('ben')]), ben)).toBe(false)
  })
})

it('remembers the layout, and does without storage', () => {
  const storage = new MemoryStorage()
  expect(rememberedMode(() => storage)).toBe('stage')
  rememberMode('grid', () => storage)
  expect(rememberedMode(() => storage)).toBe('grid')
  const forbidden = () => {
    throw new Error('no cookies')
  }
  rememberMode('grid', forbidden)
  expect(rememberedMode(forbidden)).toBe('stage')
})
