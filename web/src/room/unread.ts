/** How many messages of others came after the last one that was seen; what the server says is not counted. */
import type { ChatMessage } from '../protocol/protocol.gen'

export function unreadCount(
  messages: readonly ChatMessage[],
  lastSeenId: string | null,
  selfUserId: string | null,
): number {
  const seenAt = lastSeenId === null ? -1 : messages.findLastIndex((message) => message.id === lastSeenId)
  return messages.slice(seenAt + 1).filter(({ userId }) => userId !== null && userId !== selfUserId).length
}
