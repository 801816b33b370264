/**
 * Where the browser keeps things, for this device and for this tab. Reading and writing may throw at any time (blocked
 * cookies, a full disk, a private window): then things are kept in memory, as long as the page lives.
 */

export class KeptStorage implements Storage {
  private readonly memory = new Map<string, string>()
  private readonly inner: Storage | null
  private isFailing = false

  constructor(find: () => Storage) {
    this.inner = usable(find)
  }

  /** What is written outlives the page. */
  get isLasting(): boolean {
    return this.inner !== null && !this.isFailing
  }

  get length(): number {
    return this.memory.size
  }

  clear(): void {
    this.memory.clear()
  }

  key(index: number): string | null {
    return [...this.memory.keys()][index] ?? null
  }

  getItem(key: string): string | null {
    const own = this.memory.get(key)
    if (own !== undefined) return own
    try {
      return this.inner?.getItem(key) ?? null
    } catch {
      return null
    }
  }

  setItem(key: string, value: string): void {
    this.memory.set(key, value)
    try {
      this.inner?.setItem(key, value)
    } catch {
      this.isFailing = true
    }
  }

  removeItem(key: string): void {
    this.memory.delete(key)
    try {
      this.inner?.removeItem(key)
    } catch {
      this.isFailing = true
    }
  }
}

/** The storage if something can be written to it. */
function usable(find: () => Storage): Storage | null {
  const probe = 'podium.probe'
  try {
    const storage = find()
    storage.setItem(probe, '1')
    storage.removeItem(probe)
    return storage
  } catch {
    return null
  }
}

export const deviceStorage = new KeptStorage(() => localStorage)
export const tabStorage = new KeptStorage(() => sessionStorage)
