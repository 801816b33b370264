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
export function draftOf(
  typed: string,
  type: Draft['type'] = 'chat',
  kind: Draft['kind'] = 'text',
): Draft | null {
  const text = typed.trim()
  const [, language = '', code = ''] = FENCED.exec(text) ?? []
  if (code.trim()) return { text: code, type, kind: 'code', language: language || null }
  if (!text) return null
  return kind === 'code'
    ? { text: typed.replace(/^\s*\n/, '').trimEnd(), type, kind, language: null }
    : { text, type, kind, language: null }
}
