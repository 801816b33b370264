/** Says to those who do not see the page what short notes tell. Many arrivals within a moment are said as one. */
import type { Happening } from '../state/announcer.svelte'
import type { Notice, NoticeKind } from './notices'

/** How long something that may grow is waited for, ms. */
export const GROWS_MS = 1_200

export interface Speaker {
  say(text: string, kind?: 'polite' | 'assertive'): void
  tell(happening: Happening, text: string): void
}

const HAPPENING: Partial<Record<NoticeKind, Happening>> = {
  joined: 'people',
  left: 'people',
  waiting: 'people',
  hand: 'hands',
  poll: 'polls',
}

export class News {
  private notices: readonly Notice[] = []
  private readonly said = new Map<number, string>()
  private readonly timers = new Map<number, ReturnType<typeof setTimeout>>()

  constructor(private readonly speaker: Speaker) {}

  /** All that is shown now. */
  read(notices: readonly Notice[]): void {
    this.notices = notices
    const shown = new Set(notices.map((notice) => notice.id))
    for (const id of this.said.keys()) if (!shown.has(id)) this.said.delete(id)
    for (const { id, kind, text } of notices) {
      if (this.said.get(id) === text) continue
      if (!HAPPENING[kind]) this.tell(id)
      else if (!this.timers.has(id))
        this.timers.set(
          id,
          setTimeout(() => {
            this.tell(id)
          }, GROWS_MS),
        )
    }
  }

  close(): void {
    for (const timer of this.timers.values()) clearTimeout(timer)
  }

  private tell(id: number): void {
    this.timers.delete(id)
    const notice = this.notices.find((one) => one.id === id)
    if (!notice || this.said.get(id) === notice.text) return
    this.said.set(id, notice.text)
    const happening = HAPPENING[notice.kind]
    if (happening) this.speaker.tell(happening, notice.text)
    else this.speaker.say(notice.text, notice.kind === 'problem' ? 'assertive' : 'polite')
  }
}
