/** What others say, for those who do not see it: each by itself when few speak, a number when many do. */
import type { ChatMessage } from '../protocol/protocol.gen'
import { plural } from '../i18n/plural'
import { lineOf } from './text'

/** What comes within this time is told together, ms. */
const GATHER_MS = 400
/** Between two announcements, ms. */
const PAUSE_MS = 4_000
const LONGEST = 140

export class Crier {
  private waiting: ChatMessage[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private isResting = false

  constructor(private readonly say: (text: string) => void) {}

  hear(message: ChatMessage): void {
    this.waiting.push(message)
    if (!this.isResting) this.timer ??= setTimeout(this.tell, GATHER_MS)
  }

  close(): void {
    clearTimeout(this.timer)
    this.waiting = []
  }

  private readonly tell = (): void => {
    const [first, ...more] = this.waiting
    this.waiting = []
    this.isResting = first !== undefined
    this.timer = this.isResting ? setTimeout(this.tell, PAUSE_MS) : undefined
    if (first) this.say(more.length > 0 ? countText(more.length + 1) : messageText(first))
  }
}

const countText = (count: number) => plural(count, ['# new message', '# new messages'])

/** "Ada: When do we start?" */
export function messageText({ name, text, kind, attachments }: ChatMessage): string {
  const line = lineOf(text).slice(0, LONGEST)
  if (line === '' && attachments.length > 0)
    return kind === 'image' ? `${name} sent a picture` : `${name} sent a file`
  return name === '' ? line : `${name}: ${line}`
}
