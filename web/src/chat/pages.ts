/** Reading far back: page by page, or straight to where something was said. */
import type { ChatMessage, MessageList } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'
import { find } from './items'
import type { ChatLog } from './log'

const PAGE = 100

export class Pages {
  private isPaging = false

  constructor(
    private readonly rest: Pick<RestClient, 'call'>,
    private readonly log: ChatLog,
  ) {}

  /** Fetches what was before, or after, what is here. */
  async more(direction: 'older' | 'newer'): Promise<void> {
    const edgeNow = () => (direction === 'older' ? this.log.messages[0] : this.log.messages.at(-1))
    const edge = edgeNow()
    if (this.isPaging || !edge) return
    this.isPaging = true
    try {
      const place = `${direction === 'older' ? 'before' : 'after'}=${String(edge.seq)}`
      const page = await this.page(place)
      // Somebody went elsewhere meanwhile: what is between would be missing.
      if (edgeNow()?.id === edge.id) this.log.extend(page, direction)
    } finally {
      this.isPaging = false
    }
  }

  /** Goes to where a message stands, and answers it; it may be far back. */
  async goTo(messageId: string): Promise<ChatMessage> {
    const known = find(this.log.messages, messageId)
    if (known) return known
    const message = await this.rest.call<ChatMessage>('GET', `${this.path}/${messageId}`)
    if (message.deletedAt === null) this.log.moveTo(await this.page(`around=${String(message.seq)}`))
    return message
  }

  /** The replies to a message, the latest ones. */
  async thread(messageId: string): Promise<readonly ChatMessage[]> {
    return (await this.page(`thread=${messageId}`)).items.filter((one) => one.deletedAt === null)
  }

  async toNewest(): Promise<void> {
    if (this.log.hasNewer) this.log.moveTo(await this.page())
  }

  private get path(): string {
    return `/api/v1/chat-rooms/${this.log.roomId ?? ''}/messages`
  }

  private page(place?: string): Promise<MessageList> {
    const more = place === undefined ? '' : `&${place}`
    return this.rest.call<MessageList>('GET', `${this.path}?limit=${String(PAGE)}${more}`)
  }
}
