/** What chats use in the browser. */
import type { TokenSource } from '../auth/source'
import { RestClient } from '../protocol/rest'
import type { SessionPorts } from '../room/session-ports'
import { announcer } from '../state/announcer.svelte'
import type { ChatTools } from './conversation'
import { Crier } from './crier'
import { ChatFiles } from './files'
import { KeptTexts, tabStorage } from './kept'

export function chatTools(token: string | TokenSource): ChatTools {
  return {
    rest: new RestClient(token),
    files: new ChatFiles(token),
    kept: new KeptTexts(tabStorage()),
  }
}

export const newCrier = (): Crier =>
  new Crier((text) => {
    announcer.tell('chat', text)
  })

/** Of a class that is entered with this token. */
export function classChat(token: string | TokenSource): SessionPorts['chat'] {
  const crier = newCrier()
  return {
    ...chatTools(token),
    onSaid: (message) => {
      crier.hear(message)
    },
  }
}
