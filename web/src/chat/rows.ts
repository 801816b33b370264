/** How a stretch of messages is laid out: days between them, who goes on speaking, where the unread begin. */
import type { ChatMessage } from '../protocol/protocol.gen'

export interface Row {
  message: ChatMessage
  /** The first of its day. */
  isNewDay: boolean
  /** Goes on where the message before ended: the name is not repeated. */
  isFollowing: boolean
  /** The first that was not there when one looked last. */
  isFirstUnread: boolean
}

/** A pause of so many ms begins a new group. */
const PAUSE_MS = 5 * 60_000

const dayOf = (at: string) => new Date(at).toDateString()

/** Lays stretch after stretch out. Where nothing changed, the row is the one of before: it need not be drawn anew. */
export class Rows {
  private known = new Map<ChatMessage, { previous: ChatMessage | undefined; row: Row }>()

  /** `unreadAfter`: the place that was seen last, null for none. */
  constructor(private readonly unreadAfter: number | null) {}

  /** `before`: the message that stands before the stretch. */
  of(messages: readonly ChatMessage[], before: ChatMessage | undefined): Row[] {
    const known = messages.map((message, index) => {
      const previous = messages[index - 1] ?? before
      const same = this.known.get(message)
      return same?.previous === previous && same
        ? same
        : { previous, row: rowOf(message, previous, this.unreadAfter) }
    })
    this.known = new Map(known.map((one) => [one.row.message, one]))
    return known.map(({ row }) => row)
  }
}

function rowOf(message: ChatMessage, previous: ChatMessage | undefined, unreadAfter: number | null): Row {
  const isNewDay = previous === undefined || dayOf(previous.sentAt) !== dayOf(message.sentAt)
  const isFirstUnread =
    unreadAfter !== null && message.seq > unreadAfter && previous !== undefined && previous.seq <= unreadAfter
  const isFollowing =
    !isNewDay &&
    !isFirstUnread &&
    message.replyTo === null &&
    message.kind !== 'system' &&
    previous.kind !== 'system' &&
    previous.userId === message.userId &&
    Date.parse(message.sentAt) - Date.parse(previous.sentAt) < PAUSE_MS
  return { message, isNewDay, isFollowing, isFirstUnread }
}
