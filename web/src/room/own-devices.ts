/** What this page captures and sends: told to the room, kept alive, and brought back after a reload or an absence. */
import type { Capture } from '../media/capture'
import { Revival } from '../media/revival'
import type { Source } from '../protocol/protocol.gen'
import { Comeback, type ComebackPorts } from './comeback'
import { MicWatch } from './mic-watch'
import { Publisher, type PublisherPorts } from './publisher'
import type { Publishing } from './publishing'
import type { NoticeAction } from './notices'

export interface OwnDevicesPorts
  extends Omit<PublisherPorts, 'say'>, Pick<ComebackPorts, 'isGranted' | 'page'> {
  capture: Capture
  seat: ComebackPorts['memory']
  publishing(): Publishing
  /** The energy of what the mic gave so far; null where nobody can tell. */
  micEnergy(): Promise<number | null>
  say(kind: 'info' | 'problem', text: string, action?: NoticeAction): void
}

export class OwnDevices {
  private readonly publisher: Publisher
  private readonly revival: Revival
  private readonly comeback: Comeback
  private readonly micWatch: MicWatch
  private readonly unlisten: () => void

  constructor(private readonly ports: OwnDevicesPorts) {
    const { capture } = ports
    this.publisher = new Publisher(capture, ports)
    this.revival = new Revival(capture, (source) => {
      ports.say('info', source === 'mic' ? 'Your microphone is on again.' : 'Your camera is on again.')
    })
    this.comeback = new Comeback({
      capture,
      memory: ports.seat,
      page: ports.page,
      isGranted: (source) => ports.isGranted(source),
      may: this.may,
      toggle: (source) => this.toggle(source),
      say: (text, action) => {
        ports.say('info', text, action)
      },
    })
    this.micWatch = new MicWatch({
      energy: () => ports.micEnergy(),
      onMute: () => {
        ports.say(
          'problem',
          'Your microphone gives no sound, so nobody hears you. Look whether it is muted on the device, or choose another one.',
        )
      },
    })
    this.unlisten = capture.listen({
      onChange: (source) => {
        if (source === 'mic') this.micWatch.follow(capture.isOn('mic'))
      },
      onLost: () => undefined,
    })
    this.micWatch.follow(capture.isOn('mic'))
  }

  /** Sources that are being switched on just now. */
  get pending(): ReadonlySet<Source> {
    return this.publisher.pending
  }

  /** The seat is taken. */
  joined(): void {
    this.publisher.announce()
    this.comeback.joined()
  }

  async toggle(source: Source): Promise<void> {
    this.forget(source)
    await this.publisher.toggle(source)
  }

  /** Somebody wants a source off: it does not come back by itself. */
  forget(source: Source): void {
    this.revival.forget(source)
  }

  /** The page is back, and in sight. */
  woken(): void {
    void this.revival.check(this.may)
  }

  close(): void {
    this.unlisten()
    this.micWatch.close()
    this.revival.close()
    this.comeback.close()
    this.publisher.close()
    this.ports.capture.stopAll()
  }

  private readonly may = (source: Source): boolean => {
    const { may, locked } = this.ports.publishing()
    return may.includes(source) && !locked.has(source)
  }
}
