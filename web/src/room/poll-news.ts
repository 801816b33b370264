/** What is new of polls: told once, whatever is said of it again. */
import { isolated } from '../i18n/isolate'
import type { Poll } from '../protocol/protocol.gen'
import { isOpen, unanswered, type PollsView } from './polls'

/** Questions may be longer than a note. */
const LENGTH = 90

export function quoted({ question }: Poll): string {
  const text = [...question.replaceAll(/\s+/g, ' ')]
  return isolated(`${text.slice(0, LENGTH).join('')}${text.length > LENGTH ? '…' : ''}`)
}

export class PollNews {
  private readonly known = new Map<string, 'open' | 'closed'>()

  /** Tutors hear of all that opens, others of what they have not answered. */
  found(view: PollsView, isTutor: boolean): { opened: readonly Poll[]; closed: readonly Poll[] } {
    const waiting = new Set(unanswered(view).map(({ id }) => id))
    const opened: Poll[] = []
    const closed: Poll[] = []
    for (const poll of view.polls) {
      const before = this.known.get(poll.id)
      this.known.set(poll.id, isOpen(poll) ? 'open' : 'closed')
      if (isOpen(poll) && before === undefined && (isTutor || waiting.has(poll.id))) opened.push(poll)
      else if (!isOpen(poll) && before === 'open') closed.push(poll)
    }
    return { opened, closed }
  }
}
