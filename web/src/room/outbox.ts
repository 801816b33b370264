/**
 * Chat messages on their way. A message keeps the id it was given here until the server has it, so sending it again
 * after a lost connection never doubles it.
 */
import type { Draft } from './draft'

export interface Pending extends Draft {
  id: string
  /** ISO 8601, by the clock of this machine. */
  writtenAt: string
  /** What the server said against it; null while it may still arrive. */
  refusal: string | null
}

export class Outbox {
  private items: readonly Pending[] = []
  private readonly inFlight = new Set<string>()

  constructor(private readonly newId: () => string) {}

  get pending(): readonly Pending[] {
    return this.items
  }

  add(draft: Draft, writtenAt: string): Pending {
    const item = { ...draft, id: this.newId(), writtenAt, refusal: null }
    this.items = [...this.items, item]
    return item
  }

  /** The next message to send, oldest first; null when there is none or one is on its way (order is kept). */
  take(): Pending | null {
    if (this.inFlight.size > 0) return null
    const next = this.items.find((item) => item.refusal === null) ?? null
    if (next) this.inFlight.add(next.id)
    return next
  }

  /** The server has it: by its acknowledgement, or because it came back as a broadcast. */
  delivered(id: string): void {
    this.inFlight.delete(id)
    if (this.items.some((item) => item.id === id)) this.items = this.items.filter((item) => item.id !== id)
  }

  /** Not sent now; it stays and is sent again. */
  postponed(id: string): void {
    this.inFlight.delete(id)
  }

  /** The server will not take it; it stays to be seen, with the reason. */
  refused(id: string, refusal: string): void {
    this.inFlight.delete(id)
    this.items = this.items.map((item) => (item.id === id ? { ...item, refusal } : item))
  }

  discard(id: string): void {
    this.delivered(id)
  }
}
