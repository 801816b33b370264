/**
 * After a reload of the page: mic and camera go on again, if they were on and the browser does not have to ask. What it
 * would ask for, or what needs a click (a screen), is offered.
 */
import type { Capture } from '../media/capture'
import type { Source } from '../protocol/protocol.gen'
import type { NoticeAction } from './notices'
import { SOURCES } from './sources'

/** Where a reload of the tab finds what was on. */
export interface OnMemory {
  on: readonly Source[]
  readonly isPresent: boolean
}

export interface ComebackPorts {
  capture: Pick<Capture, 'listen' | 'isOn' | 'start' | 'preferences'>
  memory: OnMemory
  page: Pick<Document, 'visibilityState'>
  /** The browser gives the device without a question. */
  isGranted(source: Source): Promise<boolean>
  /** It is neither locked nor beyond one's role. */
  may(source: Source): boolean
  toggle(source: Source): Promise<void>
  say(text: string, action?: NoticeAction): void
}

function wasOn(source: Source): string {
  if (source === 'mic') return 'Your microphone was on before.'
  return source === 'camera' ? 'Your camera was on before.' : 'You were sharing your screen.'
}

export class Comeback {
  /** What was on when the page went away; nothing once that was dealt with. */
  private due: readonly Source[]
  private readonly unlisten: () => void

  constructor(private readonly ports: ComebackPorts) {
    const { capture, memory } = ports
    this.due = memory.isPresent ? memory.on : []
    this.unlisten = capture.listen({
      onChange: () => {
        this.remember()
      },
      onLost: () => undefined,
    })
  }

  /** The seat is taken. */
  joined(): void {
    const { due } = this
    this.due = []
    this.remember()
    for (const source of due) void this.bring(source)
  }

  close(): void {
    this.unlisten()
  }

  private remember(): void {
    const { capture, memory, page } = this.ports
    // Before the seat is taken nothing is on yet of what is to come back.
    if (this.due.length > 0) return
    const before = memory.on
    // The camera of a phone rests while nobody sees the page, and many a hidden page is thrown away.
    const isResting = capture.preferences.isPhone && page.visibilityState === 'hidden'
    const isKept = (source: Source) => source === 'camera' && isResting && before.includes(source)
    memory.on = SOURCES.filter((source) => capture.isOn(source) || isKept(source))
  }

  private async bring(source: Source): Promise<void> {
    const { capture, isGranted, may, toggle, say } = this.ports
    if (!may(source)) return
    if (source !== 'screen' && (await isGranted(source))) {
      const isBack = await capture.start(source).then(
        () => true,
        () => false,
      )
      if (isBack) return
    }
    if (capture.isOn(source)) return
    say(wasOn(source), {
      label: source === 'screen' ? 'Share again' : 'Turn on',
      run: () => {
        // It may have been locked since, or switched on by its own button.
        if (may(source) && !capture.isOn(source)) void toggle(source)
      },
    })
  }
}
