/** Looking for words in what was said. The latest question counts; an answer to an older one is not shown. */
import type { ChatSearchHit, ChatSearchList } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'
import { Broadcast } from '../room/broadcast'

const WAIT_MS = 250

export interface SearchView {
  readonly hits: readonly ChatSearchHit[]
  readonly state: 'idle' | 'busy' | 'done' | 'failed'
  readonly hasMore: boolean
}

export class ChatSearch {
  private hits: readonly ChatSearchHit[] = []
  private state: SearchView['state'] = 'idle'
  private cursor: string | null = null
  private query = ''
  private turn = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly views = new Broadcast(() => this.view)

  /** `roomId` null: in all of one's chats. */
  constructor(
    private readonly rest: Pick<RestClient, 'call'>,
    private readonly roomId: string | null,
  ) {}

  get view(): SearchView {
    return { hits: this.hits, state: this.state, hasMore: this.cursor !== null }
  }

  subscribe(listener: (view: SearchView) => void): () => void {
    return this.views.subscribe(listener)
  }

  ask(typed: string): void {
    this.query = typed.trim().slice(0, 200)
    this.hits = []
    this.cursor = null
    this.turn += 1
    clearTimeout(this.timer)
    this.state = this.query === '' ? 'idle' : 'busy'
    this.views.changed()
    if (this.query !== '') this.timer = setTimeout(() => void this.fetch(), WAIT_MS)
  }

  more(): void {
    if (this.cursor !== null && this.state !== 'busy') void this.fetch()
  }

  private async fetch(): Promise<void> {
    const { turn } = this
    const parts = new URLSearchParams({ q: this.query })
    if (this.roomId !== null) parts.set('roomId', this.roomId)
    if (this.cursor !== null) parts.set('cursor', this.cursor)
    this.state = 'busy'
    this.views.changed()
    const list = await this.rest
      .call<ChatSearchList>('GET', `/api/v1/chat-search?${parts.toString()}`)
      .catch(() => null)
    if (turn !== this.turn) return
    if (list) {
      this.hits = [...this.hits, ...list.items]
      this.cursor = list.nextCursor
    }
    this.state = list ? 'done' : 'failed'
    this.views.changed()
  }
}
