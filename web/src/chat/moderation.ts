/** Who may not write in the chats of a course, and whom one wants nothing of. */
import type { ChatMutedList, ReadMarkList } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'

type Rest = Pick<RestClient, 'call'>

const mutesOf = (courseId: string) => `/api/v1/courses/${courseId}/chat-mutes`

export async function mutedIn(rest: Rest, courseId: string): Promise<ChatMutedList['items']> {
  return (await rest.call<ChatMutedList>('GET', `${mutesOf(courseId)}?limit=200`)).items
}

export async function mute(rest: Rest, courseId: string, userId: string, isMuted: boolean): Promise<void> {
  if (isMuted) await rest.call('POST', mutesOf(courseId), { userId })
  else await rest.call('DELETE', `${mutesOf(courseId)}/${userId}`)
}

/** No direct messages, either way. */
export async function block(rest: Rest, userId: string, isBlocked: boolean): Promise<void> {
  await rest.call(isBlocked ? 'POST' : 'DELETE', `/api/v1/users/${userId}/block-for-me`)
}

/** How many others have read this place, as far as the server tells. */
export async function readersOf(
  rest: Rest,
  roomId: string,
  seq: number,
  selfId: string | null,
): Promise<number> {
  const list = await rest.call<ReadMarkList>('GET', `/api/v1/chat-rooms/${roomId}/read?limit=200`)
  return list.items.filter((one) => one.userId !== selfId && one.seq >= seq).length
}
