/** Times of messages, as people say them. */
import { clock, dayText, fullText, shortDateText } from '../home/times'

export const dayLabel = (at: string, now: Date): string => dayText(new Date(at), now)

export const timeLabel = (at: string): string => clock(new Date(at))

export const fullLabel = (at: string): string => fullText(new Date(at))

/** Of the last message in a list of chats: the time today, else the day. */
export function shortLabel(at: string, now: Date): string {
  const date = new Date(at)
  return date.toDateString() === now.toDateString() ? timeLabel(at) : shortDateText(date)
}
