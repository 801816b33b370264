/**
 * How much one receives: the step that was chosen, the one in force, and what the server and the tutor say about it.
 * The choice outlives a reload of the tab and a lost connection; the server decides what is in force.
 */
import { isolated } from '../i18n/isolate'
import type {
  Joined,
  Reception,
  ReceptionChanged,
  ReceptionSuggested,
  ReceptionUse,
  SetReception,
} from '../protocol/protocol.gen'
import type { NoticeAction } from './notices'
import type { RoomEvent } from './reducer'

/** From all to nothing but words. */
export const STEPS: readonly Reception[] = ['full', 'saver', 'slides', 'audio', 'text']

/** A newer server may know more steps than this page. */
const isStep = (step: string): boolean => STEPS.some((one) => one === step)

/** The steps without a picture. */
export const isWithoutPictures = (step: Reception): boolean => step === 'audio' || step === 'text'

export interface LadderPorts {
  /** Rejects when the server could not be told. */
  tell(command: SetReception): Promise<unknown>
  isJoined(): boolean
  say(text: string, action?: NoticeAction): void
  onProblem(error: unknown): void
  onChange(): void
}

/** What a reload of the tab must not lose. */
export interface Memory {
  reception: string | null
}

export interface LadderView {
  /** What was asked for. */
  readonly chosen: Reception
  /** What is in force: on a weak line less than what was asked for. */
  readonly step: Reception
  /** The server leaves the choice alone, however weak the line. */
  readonly isPinned: boolean
  readonly use: readonly ReceptionUse[]
}

const PINNED = 'pinned'

function weakText(step: Reception): string {
  const texts: Record<Reception, string> = {
    full: 'Your connection is weak',
    saver: 'Your connection is weak: one small picture only, to protect the sound',
    slides: 'Your connection is weak: video is off to protect the sound, slides go on',
    audio: 'Your connection is weak: video is off to protect the sound',
    text: 'Your connection is very weak: sound is off, the chat goes on',
  }
  return texts[step]
}

function betterText(step: Reception): string {
  const texts: Record<Reception, string> = {
    full: 'Your connection is better: everything is back',
    saver: 'Your connection is better: a small picture is back',
    slides: 'Your connection is better: slides are back',
    audio: 'Your connection is better: sound is back',
    text: 'Your connection is better',
  }
  return texts[step]
}

/** What a step is called where it stands alone. */
export function stepName(step: Reception): string {
  const names: Record<Reception, string> = {
    full: /* @wc-include */ 'Everything',
    saver: 'One small picture',
    slides: 'Sound and slides',
    audio: 'Sound only',
    text: 'Chat only',
  }
  return names[step]
}

/** For where there is little room. */
export function stepLabel(step: Reception): string {
  const labels: Record<Reception, string> = {
    full: /* @wc-include */ 'everything',
    saver: 'small picture',
    slides: /* @wc-include */ 'slides',
    audio: 'sound only',
    text: 'chat only',
  }
  return labels[step]
}

export class Ladder {
  private chosen: Reception = 'full'
  private step: Reception = 'full'
  private isPinned = false
  private use: readonly ReceptionUse[] = []
  /** The choice that the server does not know for sure yet. */
  private untold: SetReception | null = null

  constructor(
    private readonly ports: LadderPorts,
    private readonly memory: Memory,
  ) {
    const [step, pinned] = (memory.reception ?? '').split(' ')
    const kept = STEPS.find((one) => one === step)
    if (kept) {
      this.chosen = this.step = kept
      this.isPinned = pinned === PINNED
    }
  }

  get view(): LadderView {
    const { chosen, step, isPinned, use } = this
    return { chosen, step, isPinned, use }
  }

  /** Takes a step; `isPinned`: a weak line does not take one further down. */
  choose(reception: Reception, isPinned = false): void {
    this.chosen = this.step = reception
    this.isPinned = isPinned
    this.memory.reception = isPinned ? `${reception} ${PINNED}` : reception
    this.ports.onChange()
    void this.tell()
  }

  /** The seat is taken. A seat that was kept has its step; a new one is told the choice. */
  joined({ resumed, own, receptionUse }: Pick<Joined, 'resumed' | 'own' | 'receptionUse'>): void {
    if (receptionUse && receptionUse.length > 0) this.use = receptionUse
    if (this.untold || (!resumed && (this.chosen !== 'full' || this.isPinned))) {
      this.step = this.chosen
      void this.tell()
    } else if (own?.reception && isStep(own.reception)) this.step = own.reception
    this.ports.onChange()
  }

  /** True for what was about the ladder. */
  hear({ event, data }: RoomEvent): boolean {
    if (event !== 'reception-changed' && event !== 'reception-suggested') return false
    if (!isStep(data.reception)) return true
    if (event === 'reception-changed') this.changed(data)
    else this.suggested(data)
    return true
  }

  private async tell(): Promise<void> {
    const command = { reception: this.chosen, pinned: this.isPinned }
    this.untold = command
    if (!this.ports.isJoined()) return
    try {
      await this.ports.tell(command)
      if (this.untold === command) this.untold = null
    } catch (error) {
      if (this.untold === command && this.ports.isJoined()) this.ports.onProblem(error)
    }
  }

  private changed({ reception, chosen, pinned, cause }: ReceptionChanged): void {
    const before = this.step
    this.step = reception
    // What was chosen here and is still on its way is not taken back by what was true before.
    if (!this.untold) {
      this.chosen = isStep(chosen) ? chosen : this.chosen
      this.isPinned = pinned
    }
    if (cause === 'weak-line' && reception !== before)
      this.ports.say(weakText(reception), {
        label: /* @wc-include */ 'Undo',
        run: () => {
          this.choose(this.chosen, true)
        },
      })
    else if (cause === 'recovered' && reception !== before) this.ports.say(betterText(reception))
    this.ports.onChange()
  }

  private suggested({ reception, by }: ReceptionSuggested): void {
    if (reception === this.chosen && reception === this.step) return
    this.ports.say(`${isolated(by)} suggests: ${stepName(reception)}`, {
      label: /* @wc-include */ 'Accept',
      run: () => {
        this.choose(reception)
      },
    })
  }
}
