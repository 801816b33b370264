/** What a message in the page can ask of the chat around it. */
import type { ChatFiles } from '../../chat/files'
import type { Attachment, ChatMessage } from '../../protocol/protocol.gen'

export interface ChatContext {
  readonly selfId: string | null
  readonly files: ChatFiles
  /** One may write here, and so react. */
  readonly mayWrite: boolean
  /** By the server's clock. */
  now(): Date
  /** Pictures are loaded only when asked for. */
  isSaving(): boolean
  repliesText(count: number): string
  jump(messageId: string): void
  enlarge(picture: Attachment): void
  act(message: ChatMessage, button: HTMLElement): void
  react(message: ChatMessage, emoji: string, isOn: boolean): void
  openThread(message: ChatMessage): void
}
