/**
 * The chat of the class as this client knows it. Every change of a chat room has a number; a missing one is seen by
 * the next and asked for. Changes are applied whenever they come: the newer state of a message wins.
 */
import type { ChatMessage, ChatSync, ReactionChanged, ServerEventData } from '../protocol/protocol.gen'

type ChatEventName = 'new-message' | 'message-updated' | 'message-deleted' | 'reaction-changed'
type ChatEvent = { [E in ChatEventName]: { event: E; data: ServerEventData[E] } }[ChatEventName]

export interface ChatLogPorts {
  sync(roomId: string, lastSeq: number): Promise<ChatSync>
  /** The message is in the room. */
  onMessage(id: string): void
  onChange(): void
}

/** So many messages are kept on the page, so that its memory stays flat over a long class. */
export const MAX_MESSAGES = 1000

const NAMES: readonly string[] = ['new-message', 'message-updated', 'message-deleted', 'reaction-changed']

export class ChatLog {
  private roomId: string | null = null
  private seq = 0
  private isSyncing = false
  private items: readonly ChatMessage[] = []
  /** What came before the answer that says which room is that of the class. */
  private early: ChatEvent[] = []

  constructor(private readonly ports: ChatLogPorts) {}

  /** In the order of their places; those that were taken away are left out. */
  get messages(): readonly ChatMessage[] {
    return this.items
  }

  /** What to say when coming back, so that only the difference is sent. */
  get position(): { lastChatSeq: number } | null {
    return this.roomId === null ? null : { lastChatSeq: this.seq }
  }

  /** Takes the answer of the server: all of the chat, or what changed. */
  catchUp(sync: ChatSync): void {
    if (sync.reset || sync.roomId !== this.roomId) this.items = []
    this.roomId = sync.roomId
    this.seq = sync.seq
    for (const message of sync.messages) this.put(message)
    const early = this.early
    this.early = []
    for (const event of early) this.apply(event)
    this.ports.onChange()
  }

  /** A message that the server acknowledged; its broadcast may follow and changes nothing then. */
  add(message: ChatMessage): void {
    this.put(message)
    this.ports.onChange()
  }

  /** Takes events of chat rooms, of others too; false for anything else. */
  receive(event: { event: string; data: object }): boolean {
    if (!NAMES.includes(event.event)) return false
    const change = event as ChatEvent
    if (this.roomId === null) this.early = [...this.early, change].slice(-MAX_MESSAGES)
    else {
      this.apply(change)
      this.ports.onChange()
    }
    return true
  }

  private apply(change: ChatEvent): void {
    const { roomId, seq } = change.data
    if (roomId !== this.roomId || seq <= this.seq) return
    if (change.event === 'reaction-changed') this.react(change.data)
    else this.put(change.data.message, change.event === 'message-updated')
    if (seq === this.seq + 1) this.seq = seq
    else void this.sync(roomId)
  }

  private put(message: ChatMessage, keepsReactions = false): void {
    const known = this.items.find((one) => one.id === message.id)
    if (known && known.changedSeq >= message.changedSeq) return
    const others = known ? this.items.filter((one) => one !== known) : this.items
    const next = known && keepsReactions ? { ...message, reactions: known.reactions } : message
    const after = others.findLastIndex((one) => one.seq < message.seq) + 1
    this.items = message.deletedAt
      ? others
      : [...others.slice(0, after), next, ...others.slice(after)].slice(-MAX_MESSAGES)
    this.ports.onMessage(message.id)
  }

  private react({ messageId, emoji, userId, isOn, count }: ReactionChanged): void {
    this.items = this.items.map((message) => {
      if (message.id !== messageId) return message
      const before = message.reactions.find((one) => one.emoji === emoji)?.userIds ?? []
      const userIds = [...before.filter((id) => id !== userId), ...(isOn ? [userId] : [])]
      const others = message.reactions.filter((one) => one.emoji !== emoji)
      return { ...message, reactions: count > 0 ? [...others, { emoji, count, userIds }] : others }
    })
  }

  /** A failure is not repeated here: the next change shows the gap again, and so does the next join. */
  private async sync(roomId: string): Promise<void> {
    if (this.isSyncing) return
    this.isSyncing = true
    const answer = await this.ports.sync(roomId, this.seq).catch(() => null)
    this.isSyncing = false
    if (answer && answer.roomId === this.roomId) this.catchUp(answer)
  }
}
