/** One chat room: what was said, what is on its way, who writes, who has read. The same in a class and outside. */
import type { ChatMessage, ChatSync, ServerEventData } from '../protocol/protocol.gen'
import { serverClock } from '../protocol/clock'
import type { RestClient } from '../protocol/rest'
import type { RoomSocket } from '../protocol/room-socket'
import { Broadcast } from '../room/broadcast'
import { Acts } from './acts'
import { draftOf, type Draft } from './draft'
import type { ChatFiles } from './files'
import type { KeptTexts } from './kept'
import { ChatLog } from './log'
import type { Pending } from './outbox'
import { Pages } from './pages'
import { Pins } from './pins'
import { Reading } from './reading'
import { Sender } from './sender'
import { Typing } from './typing'
import type { ChatView } from './view'

/** What chats need of the page. */
export interface ChatTools {
  rest: RestClient
  files: ChatFiles
  kept: KeptTexts
}

export interface ConversationPorts extends ChatTools {
  socket: Pick<RoomSocket, 'request'>
  selfId(): string | null
  /** The connection is there, and the server knows that one is in the room. */
  isReady(): boolean
  /** How far the server knows one has read; without it what is there counts as read. */
  readSeq?: number
  /** Somebody else says this right now. */
  onSaid(message: ChatMessage): void
  onChange(): void
}

export interface Words {
  typed: string
  type?: Draft['type']
  kind?: Draft['kind']
  replyTo?: string | null
  attachments?: Pending['attachments']
}

/** Refusals that stay until somebody changes their mind. */
const LASTING: readonly string[] = ['muted', 'forbidden', 'not_found']

export class Conversation {
  private readonly log: ChatLog
  private readonly sender: Sender
  readonly typing: Typing
  readonly reading: Reading
  readonly acts: Acts
  readonly pages: Pages
  private readonly pins: Pins
  private refusal = ''
  private readonly views = new Broadcast(() => this.view)

  constructor(private readonly ports: ConversationPorts) {
    const { socket, rest } = ports
    this.log = new ChatLog({
      sync: (roomId, lastSeq) => socket.request('sync-chat', { roomId, lastSeq }),
      onMessage: (id) => {
        this.sender.delivered(id)
      },
      onSaid: (message) => {
        if (message.userId !== ports.selfId()) ports.onSaid(message)
      },
      onChanged: (message) => {
        this.pins.put(message)
      },
      onChange: this.changed,
    })
    this.sender = new Sender({
      send: async (message) => {
        const to = this.roomId === null ? message : { ...message, roomId: this.roomId }
        const { message: sent } = await socket.request('send-message', to)
        this.refusal = ''
        this.log.add(sent)
      },
      isReady: ports.isReady,
      onRefused: (code, message) => {
        this.refusal = LASTING.includes(code) ? message : ''
      },
      onChange: this.changed,
      now: () => serverClock.date(),
    })
    this.typing = new Typing({
      tell: (isTyping) => {
        const { roomId } = this
        if (roomId !== null && ports.isReady())
          socket.request('typing', { isTyping, roomId }).catch(() => undefined)
      },
      onChange: this.views.changed,
    })
    this.reading = new Reading({
      tell: (seq) =>
        this.roomId === null || !ports.isReady()
          ? Promise.reject(new Error('away'))
          : socket.request('mark-read', { roomId: this.roomId, seq }),
      onChange: this.views.changed,
    })
    this.pins = new Pins(rest, this.views.changed)
    this.acts = new Acts(socket, this.log, this.pins)
    this.pages = new Pages(rest, this.log)
  }

  private readonly changed = (): void => {
    this.views.changed()
    this.ports.onChange()
  }

  get roomId(): string | null {
    return this.log.roomId
  }

  /** Under this name texts are kept on this device. */
  get key(): string {
    return `${this.selfId ?? ''}.${this.roomId ?? ''}`
  }

  get selfId(): string | null {
    return this.ports.selfId()
  }

  get tools(): ChatTools {
    return this.ports
  }

  get messages(): readonly ChatMessage[] {
    return this.log.messages
  }

  get pending(): readonly Pending[] {
    return this.sender.pending
  }

  get position(): { lastChatSeq: number } | null {
    return this.log.position
  }

  get view(): ChatView {
    const { log, sender, typing, reading, pins, refusal } = this
    return {
      roomId: log.roomId,
      messages: log.messages,
      pending: sender.pending,
      hasOlder: log.hasOlder,
      hasNewer: log.hasNewer,
      typing: typing.others,
      seenSeq: reading.seenSeq,
      marks: reading.marks,
      pinned: pins.messages,
      refusal,
    }
  }

  subscribe(listener: (view: ChatView) => void): () => void {
    return this.views.subscribe(listener)
  }

  /** One is in the room, again or for the first time. */
  catchUp(sync: ChatSync): void {
    const isFirst = this.roomId === null
    this.log.catchUp(sync)
    if (isFirst) {
      this.reading.start(this.ports.readSeq ?? this.messages.at(-1)?.seq ?? 0)
      this.sender.keepIn(this.ports.kept.outbox(this.key))
    }
    this.pins.open(sync.roomId)
    // Pinned, or taken off, while one was away.
    for (const message of sync.messages) this.pins.put(message)
    this.reading.flush()
    this.sender.flush()
  }

  /** Takes what is about this chat; false for anything else. */
  hear({ event, data }: { event: string; data: object }): boolean {
    if (event === 'user-typing') {
      const typing = data as ServerEventData['user-typing']
      if (typing.roomId === this.roomId) this.typing.hear(typing, this.selfId)
      return true
    }
    if (event === 'messages-read') {
      const read = data as ServerEventData['messages-read']
      if (read.roomId === this.roomId) this.reading.hear(read, this.selfId)
      return true
    }
    return this.log.receive({ event, data })
  }

  /** The connection is gone. */
  lost(): void {
    this.typing.lost()
  }

  flush(): void {
    this.sender.flush()
  }

  write(typed: string, type?: Draft['type']): void {
    this.say({ typed, ...(type ? { type } : {}) })
  }

  /** False when there is nothing to say. */
  say({ typed, type, kind, replyTo = null, attachments = [] }: Words): boolean {
    const empty: Draft = { text: '', type: type ?? 'chat', kind: 'text', language: null }
    const draft = draftOf(typed, type, kind) ?? (attachments.length > 0 ? empty : null)
    if (!draft) return false
    this.typing.sent()
    void this.pages.toNewest().catch(() => undefined)
    this.sender.write(draft, { replyTo, attachments })
    return true
  }

  again(id: string): void {
    this.sender.again(id)
  }

  /** What the server refused once may be allowed by now. */
  hopeAgain(): void {
    this.refusal = ''
    this.views.changed()
  }

  discard(id: string): void {
    this.sender.discard(id)
  }

  close(): void {
    this.typing.lost()
    this.reading.close()
    this.sender.close()
  }
}
