/** Times of messages, as people say them. */
import { dayText } from '../home/times'
import { locale } from '../i18n/locale'

export const dayLabel = (at: string, now: Date): string => dayText(new Date(at), now, locale())

export function timeLabel(at: string): string {
  return new Date(at).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' })
}

export function fullLabel(at: string): string {
  return new Date(at).toLocaleString(locale(), { dateStyle: 'full', timeStyle: 'short' })
}

/** Of the last message in a list of chats: the time today, else the day. */
export function shortLabel(at: string, now: Date): string {
  const date = new Date(at)
  return date.toDateString() === now.toDateString()
    ? timeLabel(at)
    : date.toLocaleDateString(locale(), { day: 'numeric', month: 'short' })
}
