/**
 * The seat of this tab: a random secret that gives the same seat back after a refresh or a lost connection, whether
 * this tab is in the room, so that a refresh goes straight back to it, and how much it chose to receive.
 */
const SEAT_BYTES = 16

export class Seat {
  readonly key: string
  private readonly presentKey: string
  private readonly receptionKey: string

  constructor(
    liveClassId: string,
    private readonly storage: Storage,
    randomBytes: (length: number) => Uint8Array = (n) => crypto.getRandomValues(new Uint8Array(n)),
  ) {
    this.presentKey = `podium.present.${liveClassId}`
    this.receptionKey = `podium.reception.${liveClassId}`
    const storageKey = `podium.seat.${liveClassId}`
    const kept = storage.getItem(storageKey)
    if (kept && /^[0-9a-f]{32}$/.test(kept)) {
      this.key = kept
    } else {
      this.key = Array.from(randomBytes(SEAT_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')
      storage.setItem(storageKey, this.key)
    }
  }

  /** True between entering the room and leaving it, also after a reload of the page. */
  get isPresent(): boolean {
    return this.storage.getItem(this.presentKey) !== null
  }

  /** The choice that was kept; null when there was none. */
  get reception(): string | null {
    return this.storage.getItem(this.receptionKey)
  }

  set reception(choice: string | null) {
    if (choice === null) this.storage.removeItem(this.receptionKey)
    else this.storage.setItem(this.receptionKey, choice)
  }

  enter(): void {
    this.storage.setItem(this.presentKey, '1')
  }

  leave(): void {
    this.storage.removeItem(this.presentKey)
  }
}
