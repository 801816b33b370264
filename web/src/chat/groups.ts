/** Making chats, and who is in a group. */
import type { ChatParticipant, ChatParticipantList, ChatRoom } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'

const ROOMS = '/api/v1/chat-rooms'

export class Groups {
  constructor(private readonly rest: Pick<RestClient, 'call'>) {}

  direct(userId: string): Promise<ChatRoom> {
    return this.rest.call('POST', ROOMS, { kind: 'direct', userIds: [userId] })
  }

  ofCourse(courseId: string): Promise<ChatRoom> {
    return this.rest.call('POST', ROOMS, { kind: 'course', courseId })
  }

  /** `id` is made here, so that a second try makes no second group. */
  group(id: string, title: string, userIds: readonly string[]): Promise<ChatRoom> {
    return this.rest.call('POST', ROOMS, { kind: 'group', id, title, userIds })
  }

  rename(roomId: string, title: string): Promise<ChatRoom> {
    return this.rest.call('PATCH', `${ROOMS}/${roomId}`, { title })
  }

  async people(roomId: string): Promise<ChatParticipant[]> {
    const path = `${ROOMS}/${roomId}/participants?limit=200`
    return (await this.rest.call<ChatParticipantList>('GET', path)).items
  }

  add(roomId: string, userId: string): Promise<ChatRoom> {
    return this.rest.call('PUT', `${ROOMS}/${roomId}/participants/${userId}`)
  }

  /** Oneself: to leave. */
  async remove(roomId: string, userId: string): Promise<void> {
    await this.rest.call('DELETE', `${ROOMS}/${roomId}/participants/${userId}`)
  }
}
