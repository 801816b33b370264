/** Webhooks, in words. */
import type { DeliveryState, WebhookEvent } from '../protocol/protocol.gen'

/** Those that can be wished for. */
export const WEBHOOK_EVENTS: readonly WebhookEvent[] = [
  'live-class-scheduled',
  'live-class-moved',
  'live-class-cancelled',
  'live-class-started',
  'live-class-ended',
  'live-class-missed',
  'enrolment-changed',
]

export function eventName(event: WebhookEvent): string {
  const names: Record<WebhookEvent, string> = {
    'live-class-scheduled': 'A class is planned',
    'live-class-moved': 'A class has a new time',
    'live-class-cancelled': 'A class is cancelled',
    'live-class-started': 'A class has started',
    'live-class-ended': 'A class has ended',
    'live-class-missed': 'A class did not start by itself',
    'enrolment-changed': 'Somebody came into a course, or left it',
    'webhook-test': 'A test',
  }
  return (names as Partial<Record<string, string>>)[event] ?? event
}

export function stateName(state: DeliveryState): string {
  const names: Record<DeliveryState, string> = {
    pending: 'is to be sent',
    sent: 'has arrived',
    dead: 'was given up',
    dropped: 'is not wanted any more',
  }
  return (names as Partial<Record<string, string>>)[state] ?? state
}
