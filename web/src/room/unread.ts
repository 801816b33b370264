/** How many messages of others came after the last one that was seen. */
import type { ChatMessage } from '../protocol/protocol.gen'

export function unreadCount(
  messages: readonly ChatMessage[],
  lastSeenId: string | null,
  selfId: string | null,
): number {
  const seenAt = lastSeenId === null ? -1 : messages.findLastIndex((message) => message.id === lastSeenId)
  return messages.slice(seenAt + 1).filter((message) => message.participantId !== selfId).length
}
