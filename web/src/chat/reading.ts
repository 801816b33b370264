/** How far one has read, told to the server now and then, and how far the others have. */
import type { MessagesRead, ReadMark } from '../protocol/protocol.gen'

const TELL_AFTER_MS = 700

export interface ReadingPorts {
  tell(seq: number): Promise<unknown>
  onChange(): void
}

export class Reading {
  /** The place up to which one has seen what is there. */
  private seen = 0
  private told = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private known: ReadonlyMap<string, number> = new Map()

  constructor(private readonly ports: ReadingPorts) {}

  get seenSeq(): number {
    return this.seen
  }

  /** User, and the place up to which they have read. */
  get marks(): ReadonlyMap<string, number> {
    return this.known
  }

  /** What the server knows of oneself. */
  start(seq: number): void {
    this.seen = Math.max(this.seen, seq)
    this.told = Math.max(this.told, seq)
  }

  /** Somebody looks at this place now. */
  look(seq: number): void {
    if (seq <= this.seen) return
    this.seen = seq
    this.ports.onChange()
    this.timer ??= setTimeout(() => {
      this.flush()
    }, TELL_AFTER_MS)
  }

  /** Also when coming back: it may not have been told. */
  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const { seen } = this
    if (seen <= this.told) return
    this.ports.tell(seen).then(
      () => (this.told = Math.max(this.told, seen)),
      () => undefined,
    )
  }

  learn(marks: readonly ReadMark[]): void {
    const known = new Map(this.known)
    for (const { userId, seq } of marks) known.set(userId, Math.max(seq, known.get(userId) ?? 0))
    this.known = known
    this.ports.onChange()
  }

  hear({ userId, readSeq, readAt }: MessagesRead, selfId: string | null): void {
    if (userId === selfId) {
      this.start(readSeq)
      this.ports.onChange()
    } else this.learn([{ userId, seq: readSeq, readAt }])
  }

  /** How many of the others have read this place. */
  readBy(seq: number, selfId: string | null): number {
    let count = 0
    for (const [userId, mark] of this.known) if (userId !== selfId && mark >= seq) count += 1
    return count
  }

  close(): void {
    this.flush()
  }
}
