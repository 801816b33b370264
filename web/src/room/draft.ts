/** What somebody types, as what is sent: code between fences is code. */
import type { MessageKind, MessageType } from '../protocol/protocol.gen'

export interface Draft {
  text: string
  type: Exclude<MessageType, 'poll' | 'system'>
  kind: Extract<MessageKind, 'text' | 'code'>
  language: string | null
}

const FENCED = /^```([\w+#.-]{0,32})[^\S\n]*\n([\s\S]*?)\n?```$/

/** Null when there is nothing to send. */
export function draftOf(typed: string, type: Draft['type'] = 'chat'): Draft | null {
  const text = typed.trim()
  const [, language = '', code = ''] = FENCED.exec(text) ?? []
  if (code.trim()) return { text: code, type, kind: 'code', language: language || null }
  return text ? { text, type, kind: 'text', language: null } : null
}
