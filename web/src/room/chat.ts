/** Sends what was written, in order and exactly once, also over a lost connection. */
import type { SendMessage } from '../protocol/protocol.gen'
import { draftOf, type Draft } from './draft'
import { Outbox, type Pending } from './outbox'
import { Backoff } from './reconnect'

export interface ChatPorts {
  /** Resolves once the message is in the room. */
  send(message: SendMessage): Promise<void>
  /** True for an error that passes: the message is then sent again. */
  mayRetry(error: unknown): boolean
  isJoined(): boolean
  onChange(): void
  now(): Date
}

function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

export class Chat {
  private readonly outbox: Outbox
  private readonly backoff = new Backoff({ base: 1_000, max: 10_000, jitter: 0.3 })
  private retry: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly ports: ChatPorts,
    makeId: () => string = newId,
  ) {
    this.outbox = new Outbox(makeId)
  }

  get pending(): readonly Pending[] {
    return this.outbox.pending
  }

  write(typed: string, type?: Draft['type']): void {
    const draft = draftOf(typed, type)
    if (!draft) return
    this.outbox.add(draft, this.ports.now().toISOString())
    this.ports.onChange()
    this.flush()
  }

  /** The message is in the room. */
  delivered(id: string): void {
    this.outbox.delivered(id)
  }

  discard(id: string): void {
    this.outbox.discard(id)
    this.ports.onChange()
  }

  /** Sends what waits; call it after coming back. */
  flush(): void {
    clearTimeout(this.retry)
    if (!this.ports.isJoined()) return
    const next = this.outbox.take()
    if (next) void this.send(next)
  }

  close(): void {
    clearTimeout(this.retry)
  }

  private async send({ id, text, type, kind, language }: Pending): Promise<void> {
    try {
      await this.ports.send({ id, text, type, kind, language })
      this.outbox.delivered(id)
      this.backoff.reset()
    } catch (error) {
      if (this.ports.mayRetry(error)) {
        this.outbox.postponed(id)
        this.retry = setTimeout(() => {
          this.flush()
        }, this.backoff.next())
        return
      }
      this.outbox.refused(id, error instanceof Error ? error.message : 'It could not be sent.')
    } finally {
      this.ports.onChange()
    }
    this.flush()
  }
}
