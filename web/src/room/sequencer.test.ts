import { describe, expect, it } from 'vitest'
import { message, person } from '../testing/room'
import type { RoomEvent } from './reducer'
import { Sequencer } from './sequencer'

const numbered = (seq: number): RoomEvent => ({
  event: 'user-left',
  data: { seq, participantId: `p${String(seq)}`, reason: 'left' },
})
const speaker: RoomEvent = { event: 'active-speaker', data: { participantId: null } }
const seqs = (events: RoomEvent[]) => events.map((e) => ('seq' in e.data ? e.data.seq : e.event))

describe('Sequencer', () => {
  it('holds everything until the room is known, then applies what is newer', () => {
    const order = new Sequencer()
    for (const seq of [9, 10, 11, 12]) expect(order.receive(numbered(seq)).apply).toEqual([])
    const receipt = order.advanceTo(10)
    expect(seqs(receipt.apply)).toEqual([11, 12])
    expect(receipt.gap).toBe(false)
    expect(order.lastSeq).toBe(12)
  })

  it('applies the next, drops the known', () => {
    const order = new Sequencer()
    order.advanceTo(1)
    expect(seqs(order.receive(numbered(2)).apply)).toEqual([2])
    expect(order.receive(numbered(2))).toEqual({ apply: [], gap: false })
    expect(order.receive(numbered(1))).toEqual({ apply: [], gap: false })
  })

  it('sees a gap, holds what came early, and goes on when the gap is filled by the missing event itself', () => {
    const order = new Sequencer()
    order.advanceTo(1)
    expect(order.receive(numbered(3))).toEqual({ apply: [], gap: true })
    expect(order.receive(numbered(4))).toEqual({ apply: [], gap: true })
    expect(seqs(order.receive(numbered(2)).apply)).toEqual([2, 3, 4])
    expect(order.lastSeq).toBe(4)
  })

  it('goes on after a resync, and asks again when that was not enough', () => {
    const order = new Sequencer()
    order.advanceTo(1)
    order.receive(numbered(5))
    order.receive(numbered(9))
    const receipt = order.advanceTo(4)
    expect(seqs(receipt.apply)).toEqual([5])
    expect(receipt.gap).toBe(true)
    expect(seqs(order.advanceTo(8).apply)).toEqual([9])
  })

  it('starts at the number of the snapshot, also when that is lower (the server began anew)', () => {
    const order = new Sequencer()
    order.advanceTo(500)
    order.advanceTo(3)
    expect(seqs(order.receive(numbered(4)).apply)).toEqual([4])
  })

  it('passes what is not numbered at once', () => {
    const order = new Sequencer()
    order.advanceTo(5)
    expect(seqs(order.receive(speaker).apply)).toEqual(['active-speaker'])
    const greeting: RoomEvent = { event: 'existing-users', data: { seq: 5, users: [person('ana')] } }
    expect(order.receive(greeting).apply).toHaveLength(1)
    expect(order.lastSeq).toBe(5)
  })

  it('does not hold without bound', () => {
    const order = new Sequencer()
    for (let seq = 1; seq <= 2500; seq++) order.receive(numbered(seq))
    const receipt = order.advanceTo(2400)
    expect(seqs(receipt.apply).at(-1)).toBe(2500)
  })

  it('leaves alone what is numbered by something else than the room', () => {
    const order = new Sequencer()
    order.advanceTo(10)
    const event: RoomEvent = {
      event: 'new-message',
      data: { roomId: 'chat', seq: 99, message: message('m') },
    }
    expect(order.receive(event)).toEqual({ apply: [event], gap: false })
    expect(order.lastSeq).toBe(10)
  })
})
