/** What this client receives, how large, and how well: the ladder, the wishes, and what the server says of the line. */
import type { RoomSocket } from '../protocol/room-socket'
import type { Joined, Quality, Reception as Step } from '../protocol/protocol.gen'
import { HealthBook, jerks, type HealthView } from './health'
import { Ladder, type LadderView, type Memory } from './ladder'
import type { Notifier } from './notifier'
import type { RoomEvent } from './reducer'
import { Wishes, type Page } from './wishes'

export interface ReceptionPorts {
  socket: Pick<RoomSocket, 'request'>
  notifier: Pick<Notifier, 'say'>
  memory: Memory
  page: Page
  isJoined(): boolean
  onChange(): void
  /** The step in force has sound again, or has it no more. */
  onSilence(): void
}

export interface ReceptionView {
  /** How much one receives. */
  ladder: LadderView
  /** How one's own connection fares, as the server sees it. */
  quality: Quality
  /** How everyone's connection fares; tutors alone know. */
  health: HealthView
}

export class Reception {
  private readonly ladder: Ladder
  private readonly health: HealthBook
  private quality: Quality = 'excellent'
  private wasSilent: boolean
  /** What is on the screen. */
  readonly wishes: Wishes

  constructor(private readonly ports: ReceptionPorts) {
    const { socket, isJoined, notifier } = ports
    this.ladder = new Ladder(
      {
        tell: (command) => socket.request('set-reception', command),
        isJoined,
        say: (text, action) => {
          notifier.say('info', text, action)
        },
        onProblem: (error) => {
          notifier.say('problem', error instanceof Error ? error.message : 'That did not work.')
        },
        onChange: () => {
          if (this.isSilent !== this.wasSilent) ports.onSilence()
          this.wasSilent = this.isSilent
          ports.onChange()
        },
      },
      ports.memory,
    )
    this.wasSilent = this.isSilent
    this.health = new HealthBook(ports.onChange, () => {
      notifier.say('problem', jerks())
    })
    this.wishes = new Wishes({
      tell: (wishes) => socket.request('set-wishes', { wishes }),
      isJoined,
      page: ports.page,
    })
  }

  get view(): ReceptionView {
    return { ladder: this.ladder.view, quality: this.quality, health: this.health.view }
  }

  /** The step in force has no sound. */
  get isSilent(): boolean {
    return this.ladder.view.step === 'text'
  }

  /** Takes a step of the ladder; `isPinned`: a weak line takes one no further down. */
  choose(step: Step, isPinned = false): void {
    this.ladder.choose(step, isPinned)
  }

  /** The seat is taken. */
  joined(answer: Joined): void {
    this.ladder.joined(answer)
    this.wishes.forget()
  }

  /** True for what was about the reception. */
  hear(event: RoomEvent): boolean {
    if (event.event === 'connection-quality') {
      this.quality = event.data.quality
      this.ports.onChange()
      return true
    }
    return this.ladder.hear(event) || this.health.hear(event)
  }

  close(): void {
    this.wishes.close()
  }
}
