/** The chat that is open outside of a class: followed while the connection is there, and again after each loss. */
import { Backoff } from '../protocol/backoff'
import type { ChatRoomItem, ReadMarkList } from '../protocol/protocol.gen'
import { mayRetry } from '../protocol/room-socket'
import { Conversation } from './conversation'
import type { ChatsPorts } from './chats'
import { isPrivate } from './rooms'

export class OpenRoom {
  readonly chat: Conversation
  readonly roomId: string
  private isFollowed = false
  private isClosed = false
  private retry: ReturnType<typeof setTimeout> | undefined
  private readonly backoff = new Backoff({ base: 1_000, max: 15_000, jitter: 0.3 })

  constructor(
    private readonly ports: ChatsPorts,
    private readonly item: ChatRoomItem,
  ) {
    this.roomId = item.room.id
    this.chat = new Conversation({
      rest: ports.rest,
      files: ports.files,
      kept: ports.kept,
      socket: ports.socket,
      selfId: () => ports.selfId,
      isReady: () => this.isFollowed,
      readSeq: item.readSeq,
      onSaid: ports.onSaid,
      onChange: () => undefined,
    })
  }

  /** The connection is there. What fails is tried again, or is mended by the next connection. */
  async follow(): Promise<void> {
    const { socket, rest } = this.ports
    clearTimeout(this.retry)
    if (!socket.isConnected) return
    const roomId = this.roomId
    const { position } = this.chat
    try {
      const sync = await socket.request('open-chat', {
        roomId,
        ...(position ? { lastSeq: position.lastChatSeq } : {}),
      })
      if (this.isClosed) return
      this.isFollowed = true
      this.backoff.reset()
      this.chat.catchUp(sync)
      if (!isPrivate(this.item.room)) return
      const marks = await rest.call<ReadMarkList>('GET', `/api/v1/chat-rooms/${roomId}/read?limit=200`)
      this.chat.reading.learn(marks.items)
    } catch (error) {
      // What is shown stays meanwhile.
      if (this.isClosed || this.isFollowed || !mayRetry(error)) return
      this.retry = setTimeout(() => void this.follow(), this.backoff.next())
    }
  }

  lost(): void {
    this.isFollowed = false
    clearTimeout(this.retry)
    this.chat.lost()
  }

  close(): void {
    this.isClosed = true
    clearTimeout(this.retry)
    this.chat.close()
    this.isFollowed = false
    this.ports.socket.request('close-chat', { roomId: this.roomId }).catch(() => undefined)
  }
}
