/**
 * The seat of this tab: a random secret that gives the same seat back after a refresh or a lost connection, whether
 * this tab is in the room, so that a refresh goes straight back to it, what it captures, and how much it chose to
 * receive.
 */
import type { Source } from '../protocol/protocol.gen'
import { SOURCES } from './sources'

const SEAT_BYTES = 16

export class Seat {
  readonly key: string
  private readonly presentKey: string
  private readonly receptionKey: string
  private readonly onKey: string

  constructor(
    liveClassId: string,
    private readonly storage: Storage | null,
    randomBytes: (length: number) => Uint8Array = (n) => crypto.getRandomValues(new Uint8Array(n)),
  ) {
    this.presentKey = `podium.present.${liveClassId}`
    this.receptionKey = `podium.reception.${liveClassId}`
    this.onKey = `podium.on.${liveClassId}`
    const storageKey = `podium.seat.${liveClassId}`
    const kept = this.get(storageKey)
    if (kept && /^[0-9a-f]{32}$/.test(kept)) {
      this.key = kept
    } else {
      this.key = Array.from(randomBytes(SEAT_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')
      this.put(storageKey, this.key)
    }
  }

  /** True between entering the room and leaving it, also after a reload of the page. */
  get isPresent(): boolean {
    return this.get(this.presentKey) !== null
  }

  /** The choice that was kept; null when there was none. */
  get reception(): string | null {
    return this.get(this.receptionKey)
  }

  set reception(choice: string | null) {
    this.put(this.receptionKey, choice)
  }

  /** What was captured last. */
  get on(): readonly Source[] {
    const kept = (this.get(this.onKey) ?? '').split(' ')
    return SOURCES.filter((source) => kept.includes(source))
  }

  set on(sources: readonly Source[]) {
    this.put(this.onKey, sources.length > 0 ? sources.join(' ') : null)
  }

  enter(): void {
    this.put(this.presentKey, '1')
  }

  leave(): void {
    this.put(this.presentKey, null)
    this.put(this.onKey, null)
  }

  /** Where nothing may be stored, or no more fits, a reload comes to a new seat. */
  private get(key: string): string | null {
    try {
      return this.storage?.getItem(key) ?? null
    } catch {
      return null
    }
  }

  private put(key: string, value: string | null): void {
    try {
      if (value === null) this.storage?.removeItem(key)
      else this.storage?.setItem(key, value)
    } catch {
      // It is forgotten, then.
    }
  }
}
