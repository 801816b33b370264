/**
 * The Socket.IO connection, typed by the protocol. It comes back by itself, for ever; what must be said anew after
 * that is the business of the session. Nothing is buffered while it is away: a request then fails with `offline`.
 */
import { Backoff } from './backoff'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { authOf, type TokenSource } from '../auth/source'
import { at } from '../routing/base'
import type { Ack, ClientEventAck, ClientEventData, ErrorCode, ServerEventData } from './protocol.gen'
import {
  RequestError,
  type ClientEvent,
  type RoomSocket,
  type ServerEvent,
  type SocketEvents,
} from './room-socket'

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

type Options = Partial<ManagerOptions & SocketOptions>

/** A server other than that of the page is given up after so many failures to reach it. */
const LOST_AFTER = 3
/** So often in a row one is sent on without a pause. */
const QUICK_MOVES = 2

// Texts right behind a `throw` would stay as they are in every language.
function failure(how: 'offline' | 'timeout' | 'lost' | 'moved'): RequestError {
  if (how === 'timeout') return new RequestError('timeout', 'The server did not answer.')
  if (how === 'lost') return new RequestError('offline', 'The connection was lost.')
  if (how === 'moved') return new RequestError('offline', 'Another server has this class; connecting to it.')
  return new RequestError('offline', 'There is no connection to the server.')
}

export class IoSocket implements RoomSocket {
  private socket: IoLike
  private events: SocketEvents | undefined
  private readonly backoff = new Backoff({ base: FIRST_DELAY, max: LONGEST_DELAY, jitter: 0.5 })
  private retry: ReturnType<typeof setTimeout> | undefined
  /** How long the server asked to stay away, ms. */
  private pause: number | undefined
  /** That time runs. */
  private isWaiting = false
  /** It comes back only when it is told to. */
  private isResting = false
  private isAway = false
  /** The token was renewed after a refusal, and nothing was reached with it since. */
  private hasNewToken = false
  private failures = 0
  private moves = 0

  constructor(
    private readonly token: string | TokenSource,
    private readonly connect: (options: Options, url?: string) => IoLike = (options, url) =>
      // all servers of a cluster live behind the same prefix; a path in the URL would be a namespace
      io(new URL(url ?? location.href).origin, { path: at('/socket.io/'), ...options }),
  ) {
    this.socket = connect({ ...OPTIONS, auth: authOf(token) })
  }

  get isConnected(): boolean {
    return this.socket.connected
  }

  open(events: SocketEvents): void {
    this.events = events
    this.listen(events)
    this.socket.connect()
  }

  private listen(events: SocketEvents): void {
    this.socket.on('connect', () => {
      this.failures = 0
      this.hasNewToken = false
      if (this.moves === 0) this.backoff.reset()
      events.onConnect()
    })
    this.socket.on('disconnect', () => {
      events.onDisconnect()
      this.comeBack()
    })
    this.socket.on('connect_error', (error: Error & { data?: { code?: ErrorCode; message?: string } }) => {
      const code = error.data?.code ?? 'internal'
      if (FINAL.includes(code))
        void this.refused(new RequestError(code, error.data?.message ?? error.message), events)
      else if (this.isAway && ++this.failures >= LOST_AFTER) this.moveTo(undefined)
      else this.comeBack()
    })
    this.socket.onAny((event: ServerEvent, data: ServerEventData[ServerEvent]) => {
      if (event === 'closing') this.closing(data as ServerEventData['closing'], events)
      else if (event === 'token-expiring') void this.renewToken()
      else {
        if (event === 'signed-out' && typeof this.token !== 'string')
          this.token.signedOut(data as ServerEventData['signed-out'])
        events.onEvent(event, data as ServerEventData[typeof event])
      }
    })
  }

  /** The server closes the connection, and says when to come back, if at all. */
  private closing({ reason, retryAfterMs, message }: ServerEventData['closing'], events: SocketEvents): void {
    const mayRenew = reason === 'token-expired' && typeof this.token !== 'string'
    if (retryAfterMs === null && !mayRenew) {
      this.close()
      events.onRefused(new RequestError('unauthorized', message))
    } else {
      this.pause = retryAfterMs ?? undefined
      this.socket.disconnect()
    }
  }

  /** The connection may stay with a newer token. Without one the server ends it, and says so. */
  private async renewToken(): Promise<void> {
    if (typeof this.token === 'string') return
    const token = await this.token.renew().catch(() => null)
    if (token !== null) await this.request('renew-token', { token }).catch(() => null)
  }

  /** A token may just be too old: then a newer one is tried, once. */
  private async refused(error: RequestError, events: SocketEvents): Promise<void> {
    const { token, socket } = this
    if (error.code === 'unauthorized' && typeof token !== 'string' && !this.hasNewToken) {
      // That nobody can be asked is no answer: try again later.
      const newer = await token.renew().catch(() => '')
      if (this.events !== events || this.socket !== socket) return
      this.hasNewToken = Boolean(newer)
      if (newer !== null) {
        this.comeBack()
        return
      }
    }
    this.close()
    events.onRefused(error)
  }

  /** Connect to another server; without a URL to that of the page. */
  private moveTo(url: string | undefined): void {
    if (this.events === undefined) return
    this.quit()
    this.events.onDisconnect()
    this.isAway = url !== undefined
    this.failures = 0
    this.socket = this.connect({ ...OPTIONS, auth: authOf(this.token) }, url)
    this.listen(this.events)
    const { socket } = this
    if (this.moves++ < QUICK_MOVES) socket.connect()
    else
      this.retry = setTimeout(() => {
        socket.connect()
      }, this.backoff.next())
  }

  async request<E extends ClientEvent>(
    event: E,
    data: ClientEventData[E],
    within = ANSWER_TIMEOUT,
  ): Promise<ClientEventAck[E]> {
    if (!this.socket.connected) throw failure('offline')
    let ack: Ack<ClientEventAck[E]>
    try {
      ack = (await this.socket.timeout(within).emitWithAck(event, data)) as Ack<ClientEventAck[E]>
    } catch {
      throw failure(this.socket.connected ? 'timeout' : 'lost')
    }
    if (ack.ok) {
      if (event === 'join-session') this.moves = 0
      return ack
    }
    const { code, message, url } = ack.error
    if (code !== 'elsewhere' || url === undefined) throw new RequestError(code, message)
    this.moveTo(url)
    throw failure('moved')
  }

  reconnect(): void {
    // While the server asked to stay away, its wish goes before.
    if (this.events === undefined || this.isWaiting) return
    this.isResting = false
    this.socket.disconnect()
    clearTimeout(this.retry)
    this.backoff.reset()
    this.socket.connect()
  }

  rest(): void {
    if (this.events === undefined || this.isWaiting) return
    this.isResting = true
    clearTimeout(this.retry)
    this.socket.disconnect()
  }

  close(): void {
    this.quit()
    this.events = undefined
  }

  private quit(): void {
    clearTimeout(this.retry)
    this.isWaiting = false
    this.socket.removeAllListeners()
    this.socket.offAny()
    this.socket.disconnect()
  }

  /** The library does not come back by itself when it was the server that ended or refused the connection. */
  private comeBack(): void {
    if (this.socket.active || this.isResting) return
    clearTimeout(this.retry)
    const delay = this.pause ?? this.backoff.next()
    this.isWaiting = this.pause !== undefined
    this.pause = undefined
    this.retry = setTimeout(() => {
      this.isWaiting = false
      this.socket.connect()
    }, delay)
  }
}
