/** How a notification is shown, and where it leads. */
import type { Notification, NotificationKind } from '../protocol/protocol.gen'
import type { IconName } from '../ui/icons'

export function iconOf(kind: NotificationKind): IconName {
  const icons: Record<NotificationKind, IconName> = {
    'live-class-scheduled': 'calendar',
    'live-class-starting-soon': 'clock',
    'live-class-started': 'play',
    'live-class-moved': 'calendar',
    'live-class-cancelled': 'close',
    'live-class-missed': 'alert',
    'message-mention': 'chat',
    'direct-message': 'chat',
    enrolled: 'book',
  }
  // A newer server may have more kinds.
  return (icons as Partial<Record<string, IconName>>)[kind] ?? 'bell'
}

/** A path inside the client; null when there is nothing to open. What is pushed may leave out what it is not about. */
export function pathOf({ kind, chatRoomId, liveClassId, courseId }: Partial<Notification>): string | null {
  if (chatRoomId) return `/chats/${chatRoomId}`
  if (liveClassId) {
    const isNow = kind === 'live-class-started' || kind === 'live-class-starting-soon'
    return `/${isNow ? 'class' : 'live-classes'}/${liveClassId}`
  }
  return courseId ? `/courses/${courseId}` : null
}

/** The server writes times of day in UTC, as it does not know where one is. */
const UTC_TIME = /\b(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC\b/g

export const localTimes = (text: string, write: (date: Date) => string): string =>
  text.replace(UTC_TIME, (_, day: string, time: string) => write(new Date(`${day}T${time}Z`)))

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** "5 minutes ago", "yesterday". A clock that is behind makes nothing come from the future. */
export function agoText(iso: string, now: number, language: string): string {
  const past = Math.max(0, now - Date.parse(iso))
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  for (const [unit, ms] of UNITS) if (past >= ms) return format.format(-Math.floor(past / ms), unit)
  return format.format(0, 'second')
}
