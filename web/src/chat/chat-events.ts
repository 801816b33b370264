/** The events that concern a list of chats, told apart by their names. */
import type { ServerEventData } from '../protocol/protocol.gen'

const NAMES = [
  'new-message',
  'message-updated',
  'message-deleted',
  'messages-read',
  'chat-room-updated',
  'chat-room-left',
  'presence-changed',
] as const

type Name = (typeof NAMES)[number]
export type ListEvent = { [E in Name]: { event: E; data: ServerEventData[E] } }[Name]

/** Null for all others, also for those of a newer server. */
export function chatEvent(name: string, data: object): ListEvent | null {
  return NAMES.some((one) => one === name) ? ({ event: name, data } as ListEvent) : null
}
