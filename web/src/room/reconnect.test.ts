import { describe, expect, it } from 'vitest'
import {
  afterReturn,
  CONNECTING_GRACE_MS,
  DISCONNECTED_GRACE_MS,
  HIDDEN_GRACE_MS,
  remedyFor,
  RESTART_GRACE_MS,
  RESTARTABLE_FOR_MS,
} from './reconnect'

describe('remedyFor', () => {
  it('leaves a good connection alone', () => {
    expect(remedyFor('connected', false)).toEqual({ act: 'none' })
  })

  it('tries new addresses first, at once when it failed, soon when it may heal by itself', () => {
    expect(remedyFor('failed', false)).toEqual({ act: 'restart', after: 0 })
    expect(remedyFor('disconnected', false)).toEqual({ act: 'restart', after: DISCONNECTED_GRACE_MS })
  })

  it('has more patience with a page that nobody sees', () => {
    for (const state of ['failed', 'disconnected', 'connecting'] as const)
      expect(remedyFor(state, true, true)).toEqual({ act: 'replace', after: HIDDEN_GRACE_MS })
    expect(remedyFor('disconnected', false, true)).toEqual({ act: 'restart', after: DISCONNECTED_GRACE_MS })
  })

  it('makes a new one when that does not help, or when it never came up', () => {
    for (const state of ['failed', 'disconnected', 'connecting'] as const)
      expect(remedyFor(state, true)).toEqual({ act: 'replace', after: RESTART_GRACE_MS })
    expect(remedyFor('connecting', false)).toEqual({ act: 'replace', after: CONNECTING_GRACE_MS })
    expect(remedyFor('closed', false)).toEqual({ act: 'replace', after: 0 })
  })
})

describe('afterReturn', () => {
  it('keeps media over a mere socket drop', () => {
    expect(afterReturn('connected', true, null)).toBe('keep')
    expect(afterReturn('connecting', true, null)).toBe('keep')
  })

  it('gives it new addresses while the server still knows the old ones', () => {
    expect(afterReturn('disconnected', true, RESTARTABLE_FOR_MS - 1)).toBe('restart')
    expect(afterReturn('failed', true, 2_000)).toBe('restart')
  })

  it('makes it anew when the seat or the connection is gone', () => {
    expect(afterReturn('connected', false, null)).toBe('replace')
    expect(afterReturn('failed', true, RESTARTABLE_FOR_MS)).toBe('replace')
    expect(afterReturn('closed', true, null)).toBe('replace')
    expect(afterReturn(null, true, null)).toBe('replace')
  })
})
