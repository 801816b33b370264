/** What the page of chats asks for when it is opened. */
import type { ChatRoomList, Course, CourseList } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'

type Rest = Pick<RestClient, 'call'>

const PAGE = 50

export function pageOf(rest: Rest, cursor: string | null): Promise<ChatRoomList> {
  const from = cursor === null ? '' : `&cursor=${cursor}`
  return rest.call('GET', `/api/v1/chat-rooms?limit=${String(PAGE)}${from}`)
}

export async function coursesOf(rest: Rest): Promise<readonly Course[]> {
  return (await rest.call<CourseList>('GET', '/api/v1/courses?limit=200')).items
}
