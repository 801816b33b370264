import { describe, expect, it } from 'vitest'
import { compare, sample, type Sample } from './stats'

const zero: Sample = {
  at: 0,
  packetsReceived: 0,
  packetsLost: 0,
  bytesReceived: 0,
  bytesSent: 0,
  roundTripTime: null,
}

describe('sample', () => {
  it('adds up all lines and takes the round trip of the pair in use', () => {
    const entries = [
      { type: 'inbound-rtp', packetsReceived: 10, packetsLost: 1, bytesReceived: 100 },
      { type: 'inbound-rtp', packetsReceived: 5, packetsLost: 0, bytesReceived: 50 },
      { type: 'outbound-rtp', bytesSent: 70 },
      { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 },
      { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 },
      { type: 'codec' },
    ]
    expect(sample(entries, 7)).toEqual({
      at: 7,
      packetsReceived: 15,
      packetsLost: 1,
      bytesReceived: 150,
      bytesSent: 70,
      roundTripTime: 0.05,
    })
  })

  it('takes what is missing as nothing', () => {
    expect(sample([{ type: 'inbound-rtp' }], 0)).toEqual(zero)
  })
})

describe('compare', () => {
  it('answers rates and loss between the samples', () => {
    const now = {
      ...zero,
      at: 2000,
      packetsReceived: 90,
      packetsLost: 10,
      bytesReceived: 250_000,
      bytesSent: 50_000,
    }
    expect(compare(zero, now)).toEqual({
      loss: 0.1,
      receiveKbps: 1000,
      sendKbps: 200,
      roundTripMs: null,
      isWeak: true,
    })
  })

  it('is not alarmed by one lost packet of few, nor by a packet that came after all', () => {
    expect(compare(zero, { ...zero, at: 1000, packetsReceived: 5, packetsLost: 1 })?.isWeak).toBe(false)
    const before = { ...zero, packetsReceived: 100, packetsLost: 5 }
    expect(compare(before, { ...before, at: 1000, packetsReceived: 200, packetsLost: 4 })?.loss).toBe(0)
  })

  it('says nothing over a change of connection', () => {
    expect(compare({ ...zero, packetsReceived: 100 }, { ...zero, at: 1000 })).toBeNull()
    expect(compare(zero, zero)).toBeNull()
  })
})
