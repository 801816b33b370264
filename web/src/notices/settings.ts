/** Which notifications reach one in which way. */
import type { KindChannels, NotificationKind, NotificationSettings } from '../protocol/protocol.gen'

export const WAYS = ['inApp', 'push', 'email'] as const
export type Way = (typeof WAYS)[number]

export function kindName(kind: NotificationKind): string {
  const names: Record<NotificationKind, string> = {
    'live-class-scheduled': 'A class is planned',
    'live-class-starting-soon': 'A class starts soon',
    'live-class-started': 'A class has started',
    'live-class-moved': 'A class has a new time',
    'live-class-cancelled': 'A class is cancelled',
    'live-class-missed': 'A class did not start by itself',
    'message-mention': 'Somebody mentions you',
    'direct-message': 'A direct message',
    enrolled: 'You are in a new course',
  }
  return (names as Partial<Record<string, string>>)[kind] ?? kind
}

export function wayName(way: Way): string {
  switch (way) {
    case 'inApp':
      return 'In the app'
    case 'push':
      return 'On my devices'
    case 'email':
      return 'By e-mail'
  }
}

export function withWay(
  settings: NotificationSettings,
  kind: NotificationKind,
  way: Way,
  isOn: boolean,
): NotificationSettings {
  const change = (one: KindChannels) => (one.kind === kind ? { ...one, [way]: isOn } : one)
  return { ...settings, channels: settings.channels.map(change) }
}

/** From ten in the evening to seven in the morning, where one is. */
export const usualQuietHours = (timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone) => ({
  starts: '22:00',
  ends: '07:00',
  timeZone,
})
