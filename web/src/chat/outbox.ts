/**
 * Chat messages on their way. A message keeps the id it was given here until the server has it, so sending it again
 * after a lost connection, or after a reload of the page, never doubles it.
 */
import type { Attachment } from '../protocol/protocol.gen'
import type { Draft } from './draft'

export interface Pending extends Draft {
  id: string
  replyTo: string | null
  /** Uploaded already. */
  attachments: readonly Attachment[]
  /** ISO 8601, by the clock of this machine. */
  writtenAt: string
  /** What the server said against it; null while it may still arrive. */
  refusal: string | null
}

/** Where they survive a reload of the page. */
export interface OutboxStore {
  load(): Pending[]
  save(items: readonly Pending[]): void
}

export class Outbox {
  private items: readonly Pending[] = []
  private readonly inFlight = new Set<string>()
  private store: OutboxStore | null = null

  constructor(private readonly newId: () => string) {}

  /** From here on it survives a reload; what did so before comes first. */
  keepIn(store: OutboxStore): void {
    const here = new Set(this.items.map((item) => item.id))
    this.store = store
    this.keep([...store.load().filter((item) => !here.has(item.id)), ...this.items])
  }

  get pending(): readonly Pending[] {
    return this.items
  }

  add(
    draft: Draft,
    writtenAt: string,
    { replyTo = null, attachments = [] }: Partial<Pick<Pending, 'replyTo' | 'attachments'>> = {},
  ): Pending {
    const item = { ...draft, id: this.newId(), replyTo, attachments, writtenAt, refusal: null }
    this.keep([...this.items, item])
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
    if (this.items.some((item) => item.id === id)) this.keep(this.items.filter((item) => item.id !== id))
  }

  /** Not sent now; it stays and is sent again. */
  postponed(id: string): void {
    this.inFlight.delete(id)
  }

  /** The server will not take it; it stays to be seen, with the reason. */
  refused(id: string, refusal: string): void {
    this.inFlight.delete(id)
    this.keep(this.items.map((item) => (item.id === id ? { ...item, refusal } : item)))
  }

  /** Somebody wants it sent all the same. */
  again(id: string): void {
    this.keep(this.items.map((item) => (item.id === id ? { ...item, refusal: null } : item)))
  }

  discard(id: string): void {
    this.delivered(id)
  }

  private keep(items: readonly Pending[]): void {
    this.items = items
    this.store?.save(items)
  }
}
