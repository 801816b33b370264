/**
 * The Socket.IO connection, typed by the protocol. It comes back by itself, for ever; what must be said anew after
 * that is the business of the session. Nothing is buffered while it is away: a request then fails with `offline`.
 */
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { Backoff } from '../room/reconnect'
import type { Ack, ClientEventAck, ClientEventData, ErrorCode, ServerEventData } from './protocol.gen'

export type ClientEvent = keyof ClientEventData
export type ServerEvent = keyof ServerEventData

export class RequestError extends Error {
  override readonly name = 'RequestError'

  constructor(
    /** The server's code; `offline` without a connection, `timeout` without an answer. */
    readonly code: ErrorCode | 'offline' | 'timeout',
    message: string,
  ) {
    super(message)
  }
}

export interface SocketEvents {
  onConnect(): void
  onDisconnect(): void
  /** The server does not want this client, and coming back would not change that. */
  onRefused(error: RequestError): void
  onEvent<E extends ServerEvent>(event: E, data: ServerEventData[E]): void
}

/** What the session needs of a connection. */
export interface RoomSocket {
  readonly isConnected: boolean
  open(events: SocketEvents): void
  request<E extends ClientEvent>(event: E, data: ClientEventData[E]): Promise<ClientEventAck[E]>
  close(): void
}

/** ms */
const ANSWER_TIMEOUT = 10_000
const FIRST_DELAY = 300
const LONGEST_DELAY = 3_000

const OPTIONS: Partial<ManagerOptions & SocketOptions> = {
  transports: ['websocket', 'polling'],
  tryAllTransports: true,
  autoConnect: false,
  reconnectionAttempts: Infinity,
  reconnectionDelay: FIRST_DELAY,
  reconnectionDelayMax: LONGEST_DELAY,
  randomizationFactor: 0.5,
  timeout: 8_000,
}

/** Refusals of a token are final; anything else may pass. */
const FINAL: readonly string[] = ['unauthorized', 'forbidden']

/** The part of the library's socket that is used. */
export type IoLike = Pick<
  Socket,
  | 'connected'
  | 'active'
  | 'on'
  | 'onAny'
  | 'offAny'
  | 'connect'
  | 'disconnect'
  | 'removeAllListeners'
  | 'timeout'
>

export class IoSocket implements RoomSocket {
  private readonly socket: IoLike
  private readonly backoff = new Backoff({ base: FIRST_DELAY, max: LONGEST_DELAY, jitter: 0.5 })
  private retry: ReturnType<typeof setTimeout> | undefined

  constructor(token: string, connect: (options: Partial<ManagerOptions & SocketOptions>) => IoLike = io) {
    this.socket = connect({ ...OPTIONS, auth: { token } })
  }

  get isConnected(): boolean {
    return this.socket.connected
  }

  open(events: SocketEvents): void {
    this.socket.on('connect', () => {
      this.backoff.reset()
      events.onConnect()
    })
    this.socket.on('disconnect', () => {
      events.onDisconnect()
      this.comeBack()
    })
    this.socket.on('connect_error', (error: Error & { data?: { code?: ErrorCode; message?: string } }) => {
      const code = error.data?.code ?? 'internal'
      if (FINAL.includes(code)) {
        this.close()
        events.onRefused(new RequestError(code, error.data?.message ?? error.message))
      } else this.comeBack()
    })
    this.socket.onAny((event: ServerEvent, data: ServerEventData[ServerEvent]) => {
      events.onEvent(event, data)
    })
    this.socket.connect()
  }

  async request<E extends ClientEvent>(event: E, data: ClientEventData[E]): Promise<ClientEventAck[E]> {
    if (!this.socket.connected) throw new RequestError('offline', 'There is no connection to the server.')
    let ack: Ack<ClientEventAck[E]>
    try {
      ack = (await this.socket.timeout(ANSWER_TIMEOUT).emitWithAck(event, data)) as Ack<ClientEventAck[E]>
    } catch {
      const lost = !this.socket.connected
      throw new RequestError(
        lost ? 'offline' : 'timeout',
        lost ? 'The connection was lost.' : 'The server did not answer.',
      )
    }
    if (!ack.ok) throw new RequestError(ack.error.code, ack.error.message)
    return ack
  }

  close(): void {
    clearTimeout(this.retry)
    this.socket.removeAllListeners()
    this.socket.offAny()
    this.socket.disconnect()
  }

  /** The library does not come back by itself when it was the server that ended or refused the connection. */
  private comeBack(): void {
    if (this.socket.active) return
    clearTimeout(this.retry)
    this.retry = setTimeout(() => {
      this.socket.connect()
    }, this.backoff.next())
  }
}
