/** Sends what was written, in order and exactly once, also over a lost connection. */
import { Backoff } from '../protocol/backoff'
import { newId } from '../protocol/ids'
import type { SendMessage } from '../protocol/protocol.gen'
import { mayRetry, RequestError } from '../protocol/room-socket'
import type { Draft } from './draft'
import { Outbox, type OutboxStore, type Pending } from './outbox'

export interface SenderPorts {
  /** Resolves once the message is in the room. */
  send(message: SendMessage): Promise<void>
  isReady(): boolean
  /** The server will not take it; `code` says why. */
  onRefused(code: string, message: string): void
  onChange(): void
  now(): Date
}

export class Sender {
  private readonly outbox: Outbox
  private readonly backoff = new Backoff({ base: 1_000, max: 10_000, jitter: 0.3 })
  private retry: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly ports: SenderPorts,
    makeId: () => string = newId,
  ) {
    this.outbox = new Outbox(makeId)
  }

  get pending(): readonly Pending[] {
    return this.outbox.pending
  }

  keepIn(store: OutboxStore): void {
    this.outbox.keepIn(store)
    this.ports.onChange()
  }

  write(draft: Draft, more: Partial<Pick<Pending, 'replyTo' | 'attachments'>> = {}): void {
    this.outbox.add(draft, this.ports.now().toISOString(), more)
    this.ports.onChange()
    this.flush()
  }

  /** The message is in the room. */
  delivered(id: string): void {
    this.outbox.delivered(id)
  }

  again(id: string): void {
    this.outbox.again(id)
    this.ports.onChange()
    this.flush()
  }

  discard(id: string): void {
    this.outbox.discard(id)
    this.ports.onChange()
  }

  /** Sends what waits; call it after coming back. */
  flush(): void {
    clearTimeout(this.retry)
    if (!this.ports.isReady()) return
    const next = this.outbox.take()
    if (next) void this.send(next)
  }

  close(): void {
    clearTimeout(this.retry)
  }

  private async send({ id, text, type, kind, language, replyTo, attachments }: Pending): Promise<void> {
    try {
      await this.ports.send({
        id,
        text,
        type,
        ...(attachments.length > 0 ? { attachments: attachments.map((one) => one.id) } : { kind, language }),
        replyTo,
      })
      this.outbox.delivered(id)
      this.backoff.reset()
    } catch (error) {
      if (mayRetry(error)) {
        this.outbox.postponed(id)
        this.retry = setTimeout(() => {
          this.flush()
        }, this.backoff.next())
        return
      }
      const code = error instanceof RequestError ? error.code : 'bad_request'
      const message = error instanceof Error ? error.message : 'It could not be sent.'
      this.outbox.refused(id, message)
      this.ports.onRefused(code, message)
    } finally {
      this.ports.onChange()
    }
    this.flush()
  }
}
