/** Who is writing: others, as the server says, and oneself, as it is told now and then. */
import type { UserTyping } from '../protocol/protocol.gen'

/** The server forgets it after 5 s. */
const TELL_EVERY_MS = 3_000
/** What the server said is not believed for longer: it may have gone away meanwhile. */
const BELIEVED_MS = 8_000

export interface TypingPorts {
  tell(isTyping: boolean): void
  onChange(): void
}

export interface Typists {
  readonly names: readonly string[]
  readonly count: number
}

const NOBODY: Typists = { names: [], count: 0 }

export class Typing {
  private told = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private now: Typists = NOBODY

  constructor(
    private readonly ports: TypingPorts,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  get others(): Typists {
    return this.now
  }

  /** The text was changed by hand. */
  changed(isEmpty: boolean): void {
    if (isEmpty) {
      if (this.told > 0) this.ports.tell(false)
      this.told = 0
    } else if (this.told === 0 || this.clock() - this.told >= TELL_EVERY_MS) {
      this.told = Math.max(1, this.clock())
      this.ports.tell(true)
    }
  }

  /** It was sent: the server knows by that itself, but says so sooner when told. */
  sent(): void {
    this.changed(true)
  }

  hear({ users, count }: UserTyping, selfId: string | null): void {
    clearTimeout(this.timer)
    const others = users.filter((user) => user.userId !== selfId)
    const isSelf = others.length < users.length
    this.set(
      others.length > 0
        ? { names: others.map((user) => user.name), count: count - (isSelf ? 1 : 0) }
        : NOBODY,
    )
    if (others.length > 0)
      this.timer = setTimeout(() => {
        this.set(NOBODY)
      }, BELIEVED_MS)
  }

  /** The connection is gone, and with it all that was known. */
  lost(): void {
    clearTimeout(this.timer)
    this.told = 0
    this.set(NOBODY)
  }

  private set(now: Typists): void {
    if (this.now === now) return
    this.now = now
    this.ports.onChange()
  }
}

/** One sentence for all who write. */
export function typingText({ names, count }: Typists): string {
  const [one, other] = names
  if (one === undefined) return ''
  if (other === undefined) return count > 1 ? 'Several people are typing' : `${one} is typing`
  return count > 2 ? 'Several people are typing' : `${one} and ${other} are typing`
}
