/**
 * Takes something to the server until it is there or refused, in order and across lost connections. What it carries must
 * be harmless when it arrives twice: an answer may be lost on its way back.
 */
import { Backoff } from '../protocol/backoff'
import { mayRetry, type ClientEvent, type RoomSocket } from '../protocol/room-socket'
import type { ClientEventAck, ClientEventData } from '../protocol/protocol.gen'

export interface CourierPorts {
  socket: Pick<RoomSocket, 'request'>
  isJoined(): boolean
}

interface Errand {
  /** Rejects with what may pass; all else settles the errand. */
  run(): Promise<void>
}

export class Courier {
  private readonly errands: Errand[] = []
  private readonly backoff = new Backoff({ base: 1_000, max: 10_000, jitter: 0.3 })
  private retry: ReturnType<typeof setTimeout> | undefined
  private isBusy = false

  constructor(private readonly ports: CourierPorts) {}

  /** Rejects only when the server says no. */
  take<E extends ClientEvent>(event: E, data: ClientEventData[E]): Promise<ClientEventAck[E]> {
    return new Promise((resolve, reject) => {
      const run = async () => {
        try {
          resolve(await this.ports.socket.request(event, data))
        } catch (error) {
          if (mayRetry(error)) throw error
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      this.errands.push({ run })
      this.go()
    })
  }

  /** Goes on with what waits; call it after coming back. */
  go(): void {
    clearTimeout(this.retry)
    if (!this.isBusy && this.ports.isJoined()) void this.walk()
  }

  close(): void {
    clearTimeout(this.retry)
    this.errands.length = 0
  }

  private async walk(): Promise<void> {
    this.isBusy = true
    try {
      for (let next = this.errands[0]; next && this.ports.isJoined(); next = this.errands[0]) {
        await next.run()
        this.errands.shift()
        this.backoff.reset()
      }
    } catch {
      this.retry = setTimeout(() => {
        this.go()
      }, this.backoff.next())
    } finally {
      this.isBusy = false
    }
  }
}
