import { beforeEach, describe, expect, it } from 'vitest'
import type { Draft } from './draft'
import { Outbox } from './outbox'

const AT = '2026-01-01T10:00:00Z'
const text = (text: string): Draft => ({ text, type: 'chat', kind: 'text', language: null })

describe('Outbox', () => {
  let outbox: Outbox
  beforeEach(() => {
    let n = 0
    outbox = new Outbox(() => `m${String(++n)}`)
  })

  it('sends one at a time and in order', () => {
    outbox.add(text('one'), AT)
    outbox.add(text('two'), AT)
    expect(outbox.take()?.text).toBe('one')
    expect(outbox.take()).toBeNull()
    outbox.delivered('m1')
    expect(outbox.take()?.text).toBe('two')
    outbox.delivered('m2')
    expect(outbox.pending).toEqual([])
    expect(outbox.take()).toBeNull()
  })

  it('sends again with the same id after a lost connection', () => {
    outbox.add(text('one'), AT)
    expect(outbox.take()?.id).toBe('m1')
    outbox.postponed('m1')
    expect(outbox.pending).toHaveLength(1)
    expect(outbox.take()?.id).toBe('m1')
  })

  it('is done when the message comes back as a broadcast before its acknowledgement', () => {
    outbox.add(text('one'), AT)
    outbox.take()
    outbox.delivered('m1')
    outbox.postponed('m1')
    expect(outbox.pending).toEqual([])
    expect(outbox.take()).toBeNull()
  })

  it('shows what was refused, goes on with the rest, and lets it be discarded', () => {
    outbox.add(text('one'), AT)
    outbox.add(text('two'), AT)
    outbox.take()
    outbox.refused('m1', 'too many')
    expect(outbox.pending[0]?.refusal).toBe('too many')
    expect(outbox.take()?.id).toBe('m2')
    outbox.discard('m1')
    expect(outbox.pending.map((item) => item.id)).toEqual(['m2'])
  })
})
