/** How many messages of others came after the place one has seen; what the server says is not counted. */
import { placeAfter, type Items } from '../chat/items'

/** `seenSeq`: the place of the last message that was seen; 0 for none. */
export function unreadCount(messages: Items, seenSeq: number, selfUserId: string | null): number {
  const after = messages.slice(placeAfter(messages, seenSeq))
  return after.filter(({ userId }) => userId !== null && userId !== selfUserId).length
}
