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

/** `before`: the message that stands before the stretch. `unreadAfter`: the place that was seen last, null for none. */
export function rowsOf(
  messages: readonly ChatMessage[],
  before: ChatMessage | undefined,
  unreadAfter: number | null,
): Row[] {
  return messages.map((message, index) => {
    const previous = messages[index - 1] ?? before
    const isNewDay = previous === undefined || dayOf(previous.sentAt) !== dayOf(message.sentAt)
    const isFirstUnread =
      unreadAfter !== null &&
      message.seq > unreadAfter &&
      previous !== undefined &&
      previous.seq <= unreadAfter
    const isFollowing =
      !isNewDay &&
      !isFirstUnread &&
      message.replyTo === null &&
      message.kind !== 'system' &&
      previous.kind !== 'system' &&
      previous.userId === message.userId &&
      Date.parse(message.sentAt) - Date.parse(previous.sentAt) < PAUSE_MS
    return { message, isNewDay, isFollowing, isFirstUnread }
  })
}
