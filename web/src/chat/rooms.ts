/** The list of one's chats, and how it changes with what is said, read and renamed. Pure. */
import type { ChatMessage, ChatRoom, ChatRoomItem, MessagesRead } from '../protocol/protocol.gen'

export type Rooms = readonly ChatRoomItem[]

/** What had a message last comes first. */
export function sorted(rooms: Rooms): Rooms {
  return [...rooms].sort((a, b) => Date.parse(b.room.lastAt) - Date.parse(a.room.lastAt))
}

export function withItem(rooms: Rooms, item: ChatRoomItem): Rooms {
  return sorted([...rooms.filter(({ room }) => room.id !== item.room.id), item])
}

/** As a list has it, unless more was said or read since that was made. */
export function withListed(rooms: Rooms, item: ChatRoomItem): Rooms {
  const known = rooms.find(({ room }) => room.id === item.room.id)
  if (!known) return withItem(rooms, item)
  if (known.room.lastSeq > item.room.lastSeq) return rooms
  return withItem(rooms, read([item], { roomId: item.room.id, readSeq: known.readSeq })[0] ?? item)
}

/** The room is new, or is called otherwise, or others are in it. */
export function withRoom(rooms: Rooms, room: ChatRoom): Rooms {
  const known = rooms.find((item) => item.room.id === room.id)
  return withItem(
    rooms,
    known ? { ...known, room } : { room, lastMessage: null, readSeq: 0, unread: 0, mentions: 0 },
  )
}

export const without = (rooms: Rooms, roomId: string): Rooms => rooms.filter(({ room }) => room.id !== roomId)

/** Null when the room is not in the list. */
export function said(rooms: Rooms, message: ChatMessage, selfId: string): Rooms | null {
  const item = rooms.find(({ room }) => room.id === message.roomId)
  if (!item) return null
  if (message.seq <= (item.lastMessage?.seq ?? 0)) return rooms
  const isNews = message.userId !== null && message.userId !== selfId && message.seq > item.readSeq
  return withItem(rooms, {
    ...item,
    room: { ...item.room, lastSeq: message.seq, lastAt: message.sentAt },
    lastMessage: message,
    unread: item.unread + (isNews ? 1 : 0),
  })
}

/** The last message may be another by now. */
export function changed(rooms: Rooms, message: ChatMessage): Rooms {
  return rooms.map((item) =>
    item.lastMessage?.id === message.id && item.room.id === message.roomId
      ? { ...item, lastMessage: message }
      : item,
  )
}

/** One has read, here or on another device. */
export function read(rooms: Rooms, { roomId, readSeq }: Pick<MessagesRead, 'roomId' | 'readSeq'>): Rooms {
  return rooms.map((item) => {
    if (item.room.id !== roomId || readSeq <= item.readSeq) return item
    const isAll = readSeq >= item.room.lastSeq
    return { ...item, readSeq, unread: isAll ? 0 : item.unread, mentions: isAll ? 0 : item.mentions }
  })
}

/** What a room is called: a direct one by who the other is. */
export function titleOf(room: ChatRoom, selfId: string): string {
  return otherOf(room, selfId)?.name ?? room.title ?? 'A chat without a name'
}

export function otherOf(room: ChatRoom, selfId: string): ChatRoom['participants'][number] | undefined {
  return room.kind === 'direct' ? room.participants.find(({ userId }) => userId !== selfId) : undefined
}

export const isPrivate = ({ kind }: ChatRoom): boolean => kind === 'direct' || kind === 'group'

export function isOwner(room: ChatRoom, selfId: string): boolean {
  return room.kind === 'group' && room.participants.some((one) => one.userId === selfId && one.isOwner)
}
