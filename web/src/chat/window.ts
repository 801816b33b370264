/**
 * Which messages are in the page: a stretch of a fixed size, however many there are. It is told by the place of its
 * last message, so it stays where it is while messages come before or after it.
 */
import type { ChatMessage } from '../protocol/protocol.gen'
import { placeAfter } from './items'

export const SIZE = 90
export const STEP = 30

export interface Stretch {
  from: number
  to: number
}

/** `upTo`: the place of the last message; null for the newest. */
export function stretchOf(messages: readonly ChatMessage[], upTo: number | null): Stretch {
  const end = upTo === null ? messages.length : placeAfter(messages, upTo)
  const to = Math.max(end, Math.min(SIZE, messages.length))
  return { from: Math.max(0, to - SIZE), to }
}

/** Further up; null when it would show nothing else. */
export function older(messages: readonly ChatMessage[], upTo: number | null): number | null {
  const { from, to } = stretchOf(messages, upTo)
  if (from === 0) return null
  return messages[Math.max(to - STEP, SIZE) - 1]?.seq ?? null
}

/** Further down; null for the newest. */
export function newer(messages: readonly ChatMessage[], upTo: number | null): number | null {
  const { to } = stretchOf(messages, upTo)
  const next = Math.min(to + STEP, messages.length)
  return next >= messages.length ? null : (messages[next - 1]?.seq ?? null)
}

/** So that this message is in the middle; null for the newest. */
export function around(messages: readonly ChatMessage[], seq: number): number | null {
  const to = Math.min(placeAfter(messages, seq) + SIZE / 2, messages.length)
  return to >= messages.length ? null : (messages[to - 1]?.seq ?? null)
}
