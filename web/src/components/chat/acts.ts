/** What one may do with a message: the entries of its menu. */
import { copyText } from '../../home/copy'
import type { ChatMessage } from '../../protocol/protocol.gen'
import type { IconName } from '../../ui/icons'

export interface MessageAct {
  id: string
  label: string
  icon: IconName
  isDangerous?: boolean
  /** Asked before it is done. */
  question?: string
  run: () => void
}

export interface Standing {
  selfId: string | null
  mayWrite: boolean
  /** Tutor, or owner of a group. */
  isModerator: boolean
  mayPin: boolean
  /** Of the course whose tutor one is; null elsewhere. */
  muteIn: string | null
  isMuted: boolean
  hasAccount: boolean
  /** By the server's clock. */
  now: Date
}

export interface Doings {
  reply(message: ChatMessage): void
  edit(message: ChatMessage): void
  remove(message: ChatMessage): void
  pin(message: ChatMessage, isPinned: boolean): void
  mute(message: ChatMessage, isMuted: boolean): void
  block(message: ChatMessage): void
  readers(message: ChatMessage): void
}

/** So long one may change what one wrote, unless the operator has set another time; the server has the last word. */
const EDIT_MS = 15 * 60_000

export function actsOn(message: ChatMessage, standing: Standing, doings: Doings): MessageAct[] {
  const { mayWrite, isModerator, mayPin, selfId, now } = standing
  const isOwn = message.userId !== null && message.userId === selfId
  const isYoung = now.getTime() - Date.parse(message.sentAt) < EDIT_MS
  const acts: (MessageAct | false)[] = [
    mayWrite && {
      id: 'reply',
      label: /* @wc-include */ 'Reply',
      icon: 'reply',
      run: () => {
        doings.reply(message)
      },
    },
    message.text !== '' && {
      id: 'copy',
      label: 'Copy the text',
      icon: 'copy',
      run: () => void copyText(Promise.resolve(message.text)),
    },
    isOwn &&
      mayWrite &&
      isYoung && {
        id: 'edit',
        label: /* @wc-include */ 'Edit',
        icon: 'edit',
        run: () => {
          doings.edit(message)
        },
      },
    mayPin &&
      mayWrite && {
        id: 'pin',
        label: message.isPinned ? /* @wc-include */ 'Unpin' : 'Pin for everyone',
        icon: 'pin',
        run: () => {
          doings.pin(message, !message.isPinned)
        },
      },
    isOwn &&
      standing.hasAccount && {
        id: 'readers',
        label: 'How many have read it',
        icon: 'eye',
        run: () => {
          doings.readers(message)
        },
      },
    ...aboutSender(message, isOwn, standing, doings),
    (isOwn || isModerator) && {
      id: 'delete',
      label: 'Delete the message',
      icon: 'trash',
      isDangerous: true,
      question: isOwn ? 'Delete your message for everyone?' : 'Delete this message for everyone?',
      run: () => {
        doings.remove(message)
      },
    },
  ]
  return acts.filter((act) => act !== false)
}

function aboutSender(
  message: ChatMessage,
  isOwn: boolean,
  { muteIn, isMuted, hasAccount }: Standing,
  doings: Doings,
): (MessageAct | false)[] {
  if (isOwn || message.userId === null) return []
  const { name } = message
  return [
    muteIn !== null &&
      message.role !== 'tutor' && {
        id: isMuted ? 'unmute' : 'mute',
        label: isMuted ? `Let ${name} write again` : `Let ${name} write no more`,
        icon: 'lock',
        ...(isMuted ? {} : { question: `${name} will not be able to write in the chats of this course.` }),
        run: () => {
          doings.mute(message, !isMuted)
        },
      },
    hasAccount &&
      message.role !== 'guest' && {
        id: 'block',
        label: `Block ${name} for me`,
        icon: 'remove',
        question: `You and ${name} will not be able to write to each other directly.`,
        run: () => {
          doings.block(message)
        },
      },
  ]
}
