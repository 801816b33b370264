/** What the page shows of a chat: one immutable value, made anew after each change. */
import type { ChatMessage } from '../protocol/protocol.gen'
import type { Pending } from './outbox'
import type { Typists } from './typing'

export interface ChatView {
  readonly roomId: string | null
  readonly messages: readonly ChatMessage[]
  readonly pending: readonly Pending[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  readonly typing: Typists
  readonly seenSeq: number
  readonly marks: ReadonlyMap<string, number>
  readonly pinned: readonly ChatMessage[]
  /** Why the server takes nothing from one; empty when it does. */
  readonly refusal: string
}
