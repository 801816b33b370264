import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SoundTrouble } from './audio-pool'
import { SoundCheck, STILL_AFTER_MS } from './sound-check'

class FakePool {
  trouble: SoundTrouble = 'none'
  restarts = 0
  unlocked = 0
  /** How many restarts it takes until the sound goes on. */
  cure = 0
  private position = 0
  resume(): void {
    // It does nothing of use here.
  }
  unlock(): void {
    this.unlocked += 1
  }
  restart(): void {
    this.restarts += 1
  }
  get positions(): ReadonlyMap<unknown, number> {
    if (this.restarts >= this.cure) this.position += 1
    return new Map([['element', this.position]])
  }
}

describe('SoundCheck', () => {
  let pool: FakePool
  let check: SoundCheck

  beforeEach(() => {
    vi.useFakeTimers()
    pool = new FakePool()
    check = new SoundCheck(pool)
  })
  afterEach(() => {
    check.close()
    vi.useRealTimers()
  })

  async function look(): Promise<void> {
    void check.look()
    await vi.advanceTimersByTimeAsync(3 * STILL_AFTER_MS)
  }
  async function tap(): Promise<void> {
    void check.tapped()
    await vi.advanceTimersByTimeAsync(2 * STILL_AFTER_MS)
  }

  it('leaves sound alone that goes on', async () => {
    await look()
    expect(pool).toMatchObject({ trouble: 'none', restarts: 0 })
  })

  it('mends by itself what it can', async () => {
    pool.cure = 1
    await look()
    expect(pool).toMatchObject({ trouble: 'none', restarts: 1 })
  })

  it('asks for a tap, and for a reload when that does not help', async () => {
    pool.cure = 2
    await look()
    expect(pool.trouble).toBe('stuck')
    await tap()
    expect(pool.trouble).toBe('none')
    pool.cure = 9
    await look()
    await tap()
    expect(pool.trouble).toBe('lost')
    pool.cure = 0
    await look()
    expect(pool.trouble, 'it came back after all').toBe('none')
  })

  it('takes a tap for the click that lets everything sound from now on', async () => {
    pool.trouble = 'blocked'
    await tap()
    expect(pool).toMatchObject({ unlocked: 1, restarts: 0 })
  })

  it('takes only the last look', async () => {
    pool.cure = 1
    void check.look()
    await look()
    expect(pool).toMatchObject({ trouble: 'none', restarts: 1 })
  })
})
