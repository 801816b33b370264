/** What is done when somebody chooses an entry of a message's menu. */
import type { Conversation } from '../../chat/conversation'
import { block, mute, readersOf } from '../../chat/moderation'
import { plural } from '../../i18n/plural'
import type { ChatMessage } from '../../protocol/protocol.gen'
import type { Doings } from './acts'

export interface DoingPorts {
  /** Says what was done, with the way to take it back. */
  say(text: string, undo?: () => void): void
  /** Says why it could not be done. */
  attempt(doing: Promise<unknown>): void
  muteIn(): string | null
  write(next: { replyTo?: ChatMessage; editing?: ChatMessage }): void
}

export function doingsOf(chat: Conversation, { say, attempt, muteIn, write }: DoingPorts): Doings {
  const { rest } = chat.tools

  async function setMuted(userId: string, name: string, courseId: string, isMuted: boolean): Promise<void> {
    await mute(rest, courseId, userId, isMuted)
    if (!isMuted) say(`${name} can write again.`)
    else
      say(`${name} can no longer write here.`, () => {
        attempt(setMuted(userId, name, courseId, false))
      })
  }

  async function setBlocked(userId: string, name: string, isBlocked: boolean): Promise<void> {
    await block(rest, userId, isBlocked)
    if (!isBlocked) say(`You and ${name} can write to each other again.`)
    else
      say(`You blocked ${name}.`, () => {
        attempt(setBlocked(userId, name, false))
      })
  }

  async function countReaders({ roomId, seq }: ChatMessage): Promise<void> {
    const count = await readersOf(rest, roomId, seq, chat.selfId)
    say(
      count === 0
        ? 'Nobody else has read it yet.'
        : plural(count, ['# other has read it.', '# others have read it.']),
    )
  }

  async function remove(message: ChatMessage): Promise<void> {
    await chat.acts.remove(message.id)
    say('The message was deleted.')
  }

  return {
    reply: (message) => {
      write({ replyTo: message })
    },
    edit: (message) => {
      write({ editing: message })
    },
    remove: (message) => {
      attempt(remove(message))
    },
    pin: (message, isPinned) => {
      attempt(chat.acts.pin(message.id, isPinned))
    },
    mute: ({ userId, name }, isMuted) => {
      const courseId = muteIn()
      if (userId !== null && courseId !== null) attempt(setMuted(userId, name, courseId, isMuted))
    },
    block: ({ userId, name }) => {
      if (userId !== null) attempt(setBlocked(userId, name, true))
    },
    readers: (message) => {
      attempt(countReaders(message))
    },
  }
}
