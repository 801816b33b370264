/** A stretch of a chat: messages in the order of their places. Pure; every change makes a new list. */
import type { ChatMessage, ReactionChanged } from '../protocol/protocol.gen'

export type Items = readonly ChatMessage[]

/** How many places are at or before this one: where the next message would stand. */
export function placeAfter(items: Items, seq: number): number {
  let [from, to] = [0, items.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((items[middle]?.seq ?? 0) <= seq) from = middle + 1
    else to = middle
  }
  return from
}

export function find(items: Items, id: string): ChatMessage | undefined {
  return items.findLast((one) => one.id === id)
}

/** With these messages, each once; the newer state of a message wins, and what was taken away is left out. */
export function merged(items: Items, more: Items): Items {
  if (more.length === 1 && more[0]) return withOne(items, more[0])
  const all = new Map(items.map((one) => [one.id, one]))
  for (const one of more) {
    const known = all.get(one.id)
    if (!known || known.changedSeq < one.changedSeq) all.set(one.id, one)
  }
  return [...all.values()].filter((one) => one.deletedAt === null).sort((a, b) => a.seq - b.seq)
}

function withOne(items: Items, message: ChatMessage): Items {
  const at = placeAfter(items, message.seq)
  const known = items[at - 1]
  const isKnown = known?.id === message.id
  if (isKnown && known.changedSeq >= message.changedSeq) return items
  const kept = message.deletedAt === null ? [message] : []
  return [...items.slice(0, isKnown ? at - 1 : at), ...kept, ...items.slice(at)]
}

export function changed(items: Items, id: string, change: (message: ChatMessage) => ChatMessage): Items {
  const at = items.findLastIndex((one) => one.id === id)
  const message = items[at]
  return message ? items.with(at, change(message)) : items
}

/** One who reacts is put at the end, or taken out; an emoji of nobody goes. */
export function reacted(
  message: ChatMessage,
  { seq, emoji, userId, isOn, count }: ReactionChanged,
): ChatMessage {
  const before = message.reactions.find((one) => one.emoji === emoji)?.userIds ?? []
  const userIds = [...before.filter((id) => id !== userId), ...(isOn ? [userId] : [])]
  const next = { emoji, count, userIds }
  const at = message.reactions.findIndex((one) => one.emoji === emoji)
  const others = message.reactions.filter((one) => one.emoji !== emoji)
  const reactions =
    count <= 0 ? others : at < 0 ? [...message.reactions, next] : message.reactions.with(at, next)
  return { ...message, reactions, changedSeq: Math.max(message.changedSeq, seq) }
}
