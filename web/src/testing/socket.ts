import { RequestError, type ClientEvent, type RoomSocket, type SocketEvents } from '../protocol/room-socket'
import type { ClientEventAck, ClientEventData, ServerEventData } from '../protocol/protocol.gen'

type Answer = (data: never) => unknown

/** A connection whose server is a table of answers, and which is cut and restored by hand. */
export class FakeSocket implements RoomSocket {
  isConnected = false
  isClosed = false
  isResting = false
  reconnects = 0
  readonly asked: { event: ClientEvent; data: unknown }[] = []
  readonly answers: Partial<Record<ClientEvent, Answer>> = {}
  private events: SocketEvents | undefined

  open(events: SocketEvents): void {
    this.events = events
  }

  async request<E extends ClientEvent>(event: E, data: ClientEventData[E]): Promise<ClientEventAck[E]> {
    if (!this.isConnected) throw new RequestError('offline', 'There is no connection.')
    this.asked.push({ event, data })
    await Promise.resolve()
    return (this.answers[event]?.(data as never) ?? {}) as ClientEventAck[E]
  }

  reconnect(): void {
    this.reconnects += 1
    this.isResting = false
    if (this.isConnected) this.go()
  }

  rest(): void {
    this.isResting = true
    if (this.isConnected) this.go()
  }

  close(): void {
    this.isClosed = true
    this.isConnected = false
  }

  /** What was asked with this event, in order. */
  data(event: ClientEvent): unknown[] {
    return this.asked.filter((one) => one.event === event).map((one) => one.data)
  }

  come(): void {
    this.isConnected = true
    this.events?.onConnect()
  }

  go(): void {
    this.isConnected = false
    this.events?.onDisconnect()
  }

  refuse(message: string): void {
    this.events?.onRefused(new RequestError('unauthorized', message))
  }

  push<E extends keyof ServerEventData>(event: E, data: ServerEventData[E]): void {
    this.events?.onEvent(event, data)
  }
}
