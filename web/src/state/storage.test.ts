import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../testing/storage'
import { KeptStorage } from './storage'

/** Full: what is there can be read, nothing can be written. */
class FullStorage extends MemoryStorage {
  isFull = false
  override setItem(key: string, value: string): void {
    if (this.isFull) throw new DOMException('full', 'QuotaExceededError')
    super.setItem(key, value)
  }
}

describe('KeptStorage', () => {
  it('keeps things in the storage of the browser', () => {
    const inner = new MemoryStorage()
    const storage = new KeptStorage(() => inner)
    storage.setItem('a', '1')
    expect(inner.getItem('a')).toBe('1')
    expect(new KeptStorage(() => inner).getItem('a')).toBe('1')
    storage.removeItem('a')
    expect([storage.getItem('a'), inner.length, storage.isLasting]).toEqual([null, 0, true])
  })

  it('keeps them in memory where the browser forbids its own', () => {
    const storage = new KeptStorage(() => {
      throw new DOMException('blocked', 'SecurityError')
    })
    storage.setItem('a', '1')
    expect([storage.getItem('a'), storage.isLasting]).toEqual(['1', false])
    storage.removeItem('a')
    expect(storage.getItem('a')).toBeNull()
  })

  it('says when it can keep nothing more, and goes on', () => {
    const inner = new FullStorage()
    const storage = new KeptStorage(() => inner)
    storage.setItem('a', '1')
    inner.isFull = true
    storage.setItem('a', '2')
    expect([storage.getItem('a'), storage.isLasting]).toEqual(['2', false])
  })
})
