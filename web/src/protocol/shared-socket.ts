/**
 * One connection of an account for all that is shown outside of classes: the page, the bell, the chats. It opens with the
 * first who listens, and closes after the last.
 */
import type { ClientEventAck, ClientEventData } from './protocol.gen'
import { RequestError, type ClientEvent, type RoomSocket, type SocketEvents } from './room-socket'

export class SharedSocket {
  private socket: RoomSocket | null = null
  private readonly listeners = new Set<SocketEvents>()

  constructor(private readonly make: () => RoomSocket) {}

  /** A socket of one's own to all appearances. */
  share(): RoomSocket {
    let own: SocketEvents | null = null
    const isConnected = () => this.socket?.isConnected ?? false
    return {
      get isConnected() {
        return isConnected()
      },
      open: (events) => {
        own = events
        this.add(events)
      },
      request: <E extends ClientEvent>(event: E, data: ClientEventData[E], within?: number) =>
        this.request(event, data, within),
      reconnect: () => this.socket?.reconnect(),
      rest: () => this.socket?.rest(),
      close: () => {
        if (own) this.remove(own)
        own = null
      },
    }
  }

  private request<E extends ClientEvent>(
    event: E,
    data: ClientEventData[E],
    within?: number,
  ): Promise<ClientEventAck[E]> {
    if (!this.socket)
      return Promise.reject(new RequestError('offline', 'There is no connection to the server.'))
    return this.socket.request(event, data, within)
  }

  private add(events: SocketEvents): void {
    this.listeners.add(events)
    if (this.socket) {
      if (this.socket.isConnected) events.onConnect()
      return
    }
    const each = (tell: (events: SocketEvents) => void) => {
      for (const listener of [...this.listeners]) tell(listener)
    }
    this.socket = this.make()
    this.socket.open({
      onConnect: () => {
        each((one) => {
          one.onConnect()
        })
      },
      onDisconnect: () => {
        each((one) => {
          one.onDisconnect()
        })
      },
      onRefused: (error) => {
        // It has closed itself, without a word to those who listen; who comes next begins anew.
        this.socket = null
        each((one) => {
          one.onDisconnect()
          one.onRefused(error)
        })
      },
      onEvent: (event, data) => {
        each((one) => {
          one.onEvent(event, data)
        })
      },
    })
  }

  private remove(events: SocketEvents): void {
    this.listeners.delete(events)
    // The next page listens right after this one stopped.
    setTimeout(() => {
      if (this.listeners.size > 0) return
      this.socket?.close()
      this.socket = null
    }, 0)
  }
}
