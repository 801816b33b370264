/** How many messages wait in one's chats, for the bar above the pages. */
import type { ChatRoomList, ServerEventData } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'
import type { RoomSocket } from '../protocol/room-socket'
import { Broadcast } from '../room/broadcast'

/** What one read here and elsewhere is gathered for so long before it is counted anew, ms. */
const GATHER_MS = 1_500
const ROOMS = 50

export interface UnreadTotalPorts {
  rest: Pick<RestClient, 'call'>
  /** One of `line.share()`. */
  socket: RoomSocket
  selfId: string
  /** Somebody looks at this chat: what is said there is most likely read at once. */
  isSeen?: (roomId: string) => boolean
}

export class UnreadTotal {
  private total = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly views = new Broadcast(() => this.total)

  constructor(private readonly ports: UnreadTotalPorts) {}

  /** Calls back now and after each change; answers the function that ends it. */
  subscribe(listener: (total: number) => void): () => void {
    return this.views.subscribe(listener)
  }

  open(): void {
    this.ports.socket.open({
      onConnect: () => void this.count(),
      onDisconnect: () => undefined,
      onRefused: () => undefined,
      onEvent: (event, data) => {
        if (event === 'new-message') this.hear(data as ServerEventData['new-message'])
        else if (event === 'messages-read') {
          if ((data as ServerEventData['messages-read']).userId === this.ports.selfId) this.countSoon()
        } else if (event === 'chat-room-left' || event === 'message-deleted') this.countSoon()
      },
    })
  }

  close(): void {
    clearTimeout(this.timer)
    this.ports.socket.close()
  }

  private hear({ roomId, message }: ServerEventData['new-message']): void {
    if (message.userId === null || message.userId === this.ports.selfId) return
    if (this.ports.isSeen?.(roomId)) {
      this.countSoon()
      return
    }
    this.total += 1
    this.views.changed()
  }

  private countSoon(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.count(), GATHER_MS)
  }

  /** A failure leaves the number as it is: the next connection counts anew. */
  private async count(): Promise<void> {
    const path = `/api/v1/chat-rooms?limit=${String(ROOMS)}`
    const list = await this.ports.rest.call<ChatRoomList>('GET', path).catch(() => null)
    if (!list) return
    this.total = list.items.reduce((sum, { unread }) => sum + unread, 0)
    this.views.changed()
  }
}
