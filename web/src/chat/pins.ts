/** The pinned messages of a room, asked for once and then followed. */
import type { ChatMessage, MessageList } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'
import { merged } from './items'

export class Pins {
  messages: readonly ChatMessage[] = []
  private isOpen = false

  constructor(
    private readonly rest: Pick<RestClient, 'call'>,
    private readonly onChange: () => void,
  ) {}

  /** Without an answer there are none, until somebody pins one or comes back. */
  open(roomId: string): void {
    if (this.isOpen) return
    this.isOpen = true
    this.rest.call<MessageList>('GET', `/api/v1/chat-rooms/${roomId}/messages?pinned=true&limit=50`).then(
      ({ items }) => {
        this.messages = merged(this.messages, items)
        this.onChange()
      },
      () => (this.isOpen = false),
    )
  }

  put(message: ChatMessage): void {
    const others = this.messages.filter((one) => one.id !== message.id)
    const isHere = message.isPinned && message.deletedAt === null
    if (!isHere && others.length === this.messages.length) return
    this.messages = isHere ? merged(others, [message]) : others
    this.onChange()
  }
}
