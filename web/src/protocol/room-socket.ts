/** What a session needs of a connection to the server, whatever carries it. */
import type { ClientEventAck, ClientEventData, ErrorCode, ServerEventData } from './protocol.gen'

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

/** These pass by themselves; anything else is an answer. */
const PASSING: readonly RequestError['code'][] = [
  'offline',
  'timeout',
  'rate_limited',
  'internal',
  'not_joined',
  'unavailable',
  'media_unavailable',
]

/** True for a refusal that may be different when asked again. */
export const mayRetry = (error: unknown): boolean =>
  error instanceof RequestError && PASSING.includes(error.code)

export interface SocketEvents {
  onConnect(): void
  onDisconnect(): void
  /** The server does not want this client, and coming back would not change that. */
  onRefused(error: RequestError): void
  onEvent<E extends ServerEvent>(event: E, data: ServerEventData[E]): void
}

export interface RoomSocket {
  readonly isConnected: boolean
  open(events: SocketEvents): void
  /** `within`: ms to wait for the answer, if not as long as usual. */
  request<E extends ClientEvent>(
    event: E,
    data: ClientEventData[E],
    within?: number,
  ): Promise<ClientEventAck[E]>
  /** The network is another: what there was is dead, or soon will be. Connects anew, without a pause. */
  reconnect(): void
  /** The page will be stopped: leaves the connection, so that the server need not wait for it, until `reconnect`. */
  rest(): void
  close(): void
}
