/**
 * A chat room as this client knows it. Every change of it has a number; a missing one is seen by the next and asked
 * for. Changes are applied whenever they come: the newer state of a message wins.
 *
 * What is kept is one stretch without holes, usually up to the newest. Reading far back may lead away from there:
 * then `hasNewer`, and what is new is only known to exist.
 */
import type { ChatMessage, ChatSync, MessageList, ServerEventData } from '../protocol/protocol.gen'
import { changed, merged, reacted, type Items } from './items'

type ChatEventName = 'new-message' | 'message-updated' | 'message-deleted' | 'reaction-changed'
type ChatEvent = { [E in ChatEventName]: { event: E; data: ServerEventData[E] } }[ChatEventName]

export interface ChatLogPorts {
  sync(roomId: string, lastSeq: number): Promise<ChatSync>
  /** The message is in the room. */
  onMessage(id: string): void
  /** Somebody says this right now. */
  onSaid?(message: ChatMessage): void
  /** A message was changed or taken away. */
  onChanged?(message: ChatMessage): void
  onChange(): void
}

/** So many messages are kept on the page, so that its memory stays flat over a long class. */
export const MAX_MESSAGES = 5_000
const MAX_EARLY = 500

const NAMES: readonly string[] = ['new-message', 'message-updated', 'message-deleted', 'reaction-changed']

export class ChatLog {
  private id: string | null = null
  private seq = 0
  private isSyncing = false
  private items: Items = []
  /** What came before the answer that says which room is that of the class. */
  private early: ChatEvent[] = []
  private older = false
  private newer = false

  constructor(private readonly ports: ChatLogPorts) {}

  /** In the order of their places; those that were taken away are left out. */
  get messages(): Items {
    return this.items
  }

  get roomId(): string | null {
    return this.id
  }

  /** There is, or may be, something before the first message here. */
  get hasOlder(): boolean {
    return this.older
  }

  /** There is something after the last message here. */
  get hasNewer(): boolean {
    return this.newer
  }

  /** What to say when coming back, so that only the difference is sent. */
  get position(): { lastChatSeq: number } | null {
    return this.id === null ? null : { lastChatSeq: this.seq }
  }

  /** Takes the answer of the server: all of the chat, or what changed. */
  catchUp(sync: ChatSync): void {
    if (sync.reset || sync.roomId !== this.id) {
      this.items = []
      this.newer = false
      // The server does not say; asking for what is not there answers that.
      this.older = (sync.messages[0]?.seq ?? 1) > 1
    }
    this.id = sync.roomId
    this.seq = sync.seq
    this.put(sync.messages)
    const early = this.early
    this.early = []
    for (const event of early) this.apply(event, false)
    this.ports.onChange()
  }

  /** A message that the server acknowledged; its broadcast may follow and changes nothing then. */
  add(message: ChatMessage): void {
    this.put([message])
    this.ports.onChange()
  }

  /** Goes on with what was before or after what is here. */
  extend(page: MessageList, direction: 'older' | 'newer'): void {
    this.items = merged(this.items, page.items)
    const tooMany = this.items.length - MAX_MESSAGES
    if (direction === 'older') {
      this.older = page.hasOlder
      if (tooMany > 0) {
        this.items = this.items.slice(0, -tooMany)
        this.newer = true
      }
    } else {
      this.newer = page.hasNewer
      if (tooMany > 0) {
        this.items = this.items.slice(tooMany)
        this.older = true
      }
    }
    this.ports.onChange()
  }

  /** Goes somewhere else: these messages are what is here now. */
  moveTo(page: MessageList): void {
    this.items = merged([], page.items)
    this.older = page.hasOlder
    this.newer = page.hasNewer
    this.ports.onChange()
  }

  /** Takes events of chat rooms, of others too; false for anything else. */
  receive(event: { event: string; data: object }): boolean {
    if (!NAMES.includes(event.event)) return false
    const change = event as ChatEvent
    if (this.id === null) this.early = [...this.early, change].slice(-MAX_EARLY)
    else {
      this.apply(change, true)
      this.ports.onChange()
    }
    return true
  }

  private apply(change: ChatEvent, isNow: boolean): void {
    const { roomId, seq } = change.data
    if (roomId !== this.id || seq <= this.seq) return
    if (change.event === 'reaction-changed') {
      const { data } = change
      this.items = changed(this.items, data.messageId, (message) => reacted(message, data))
    } else {
      const { message } = change.data
      if (change.event === 'message-updated') this.update(message)
      else this.put([message])
      if (change.event === 'new-message') this.said(message, isNow)
      else this.ports.onChanged?.(message)
    }
    if (seq === this.seq + 1) this.seq = seq
    else void this.sync(roomId)
  }

  private said(message: ChatMessage, isNow: boolean): void {
    const { replyTo } = message
    if (replyTo !== null)
      this.items = changed(this.items, replyTo, (one) => ({ ...one, replyCount: one.replyCount + 1 }))
    if (isNow) this.ports.onSaid?.(message)
  }

  /** The event says nothing of the reactions: they stay. */
  private update(message: ChatMessage): void {
    const known = this.items.find((one) => one.id === message.id)
    if (known) this.put([{ ...message, reactions: known.reactions }])
  }

  private put(messages: Items): void {
    const last = this.items.at(-1)?.seq ?? 0
    const first = this.items[0]?.seq ?? 0
    // Neither beyond a hole nor before what is here: those are read page by page.
    const fitting = messages.filter(
      ({ seq }) => (!this.newer || seq <= last) && (!this.older || this.items.length === 0 || seq >= first),
    )
    this.items = merged(this.items, fitting)
    const tooMany = this.items.length - MAX_MESSAGES
    if (tooMany > 0) {
      this.items = this.items.slice(tooMany)
      this.older = true
    }
    for (const { id } of messages) this.ports.onMessage(id)
  }

  /** A failure is not repeated here: the next change shows the gap again, and so does the next join. */
  private async sync(roomId: string): Promise<void> {
    if (this.isSyncing) return
    this.isSyncing = true
    const answer = await this.ports.sync(roomId, this.seq).catch(() => null)
    this.isSyncing = false
    if (answer && answer.roomId === this.id) this.catchUp(answer)
  }
}
