/** What is said, in writing: the last lines, each for as long as it takes to read. */
import type { RoomSocket } from '../protocol/room-socket'
import type { RoomEvent } from './reducer'

export const CAPTION_LENGTH = 500

export interface CaptionLine {
  id: number
  name: string
  text: string
}

export interface CaptionsPorts {
  socket: Pick<RoomSocket, 'request'>
  onChange(): void
}

/** More would hide what they are about. */
const MOST = 3
const SHORTEST_MS = 5_000
const LONGEST_MS = 20_000
/** About twenty characters in a second, and time to find the line. */
const MS_PER_CHARACTER = 70

export class Captions {
  private lines: readonly CaptionLine[] = []
  private lastId = 0
  private readonly timers = new Set<ReturnType<typeof setTimeout>>()

  constructor(private readonly ports: CaptionsPorts) {}

  get view(): readonly CaptionLine[] {
    return this.lines
  }

  /** Tutors only. A line that comes late says nothing, so it is not sent later; it rejects instead. */
  async write(text: string): Promise<void> {
    await this.ports.socket.request('send-caption', { text })
  }

  /** True for what was a caption. */
  hear({ event, data }: RoomEvent): boolean {
    if (event !== 'caption') return false
    const line = { id: ++this.lastId, name: data.name, text: data.text }
    const stays = Math.min(LONGEST_MS, SHORTEST_MS + data.text.length * MS_PER_CHARACTER)
    this.lines = [...this.lines, line].slice(-MOST)
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      this.lines = this.lines.filter((one) => one !== line)
      this.ports.onChange()
    }, stays)
    this.timers.add(timer)
    this.ports.onChange()
    return true
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer)
  }
}
