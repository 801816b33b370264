import { describe, expect, it } from 'vitest'
import { Backoff } from './backoff'

describe('Backoff', () => {
  it('doubles up to the largest delay and starts anew after a success', () => {
    const backoff = new Backoff({ base: 250, max: 2000, jitter: 0 })
    expect(Array.from({ length: 6 }, () => backoff.next())).toEqual([250, 500, 1000, 2000, 2000, 2000])
    backoff.reset()
    expect(backoff.next()).toBe(250)
  })

  it('takes at most the jitter off', () => {
    const options = { base: 1000, max: 1000, jitter: 0.5 }
    expect(new Backoff(options, () => 0).next()).toBe(1000)
    expect(new Backoff(options, () => 1).next()).toBe(500)
  })

  it('never grows without bound', () => {
    const backoff = new Backoff({ base: 1, max: 5000, jitter: 0 })
    for (let i = 0; i < 5000; i++) backoff.next()
    expect(backoff.next()).toBe(5000)
  })
})
