/** What a pushed notification looks like, and where a click on it leads. */
import { localTimes, pathOf } from '../notices/shown'
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

const localTime = (date: Date) => date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })

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
    body: localTimes(String(told.text ?? ''), localTime),
    tag: told.liveClassId ?? told.chatRoomId ?? `notification-${String(told.seq ?? 0)}`,
    path: (pathOf(told) ?? '/notifications').slice(1),
    ...LOOKS,
  }
}
