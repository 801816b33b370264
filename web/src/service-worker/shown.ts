/** What a pushed notification looks like, and where a click on it leads. */
import type { Notification as Told } from '../protocol/protocol.gen'

export interface Shown {
  title: string
  body: string
  /** A newer one with the same tag takes its place. */
  tag: string
  icon: string
  badge: string
  /** From where the client lives, without a "/" in front. */
  path: string
}

const LOOKS = { icon: 'icon-192.png', badge: 'badge.png' }

function pathOf({ kind, liveClassId, chatRoomId, courseId }: Partial<Told>): string {
  if (liveClassId && kind === 'live-class-started') return `class/${liveClassId}`
  if (chatRoomId) return `chats/${chatRoomId}`
  if (liveClassId) return `live-classes/${liveClassId}`
  return courseId ? `courses/${courseId}` : 'notifications'
}

/** A payload that cannot be read is shown as well: a push without a notification costs the permission to push. */
export function shownOf(payload: string): Shown {
  let told: Partial<Told> = {}
  try {
    const read: unknown = JSON.parse(payload)
    if (typeof read === 'object' && read !== null) told = read
  } catch {
    // As empty.
  }
  return {
    title: told.title ?? 'Podium',
    body: told.text ?? '',
    tag: told.liveClassId ?? told.chatRoomId ?? `notification-${String(told.seq ?? 0)}`,
    path: pathOf(told),
    ...LOOKS,
  }
}
