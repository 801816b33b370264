/**
 * After the page was away, what it captures may be dead without a word: a phone call or the system took the device. Then
 * it is opened once more; and what was given up meanwhile comes back, for whoever wanted it on.
 */
import type { Source } from '../protocol/protocol.gen'
import type { Capture } from './capture'

type Device = Exclude<Source, 'screen'>
const DEVICES: readonly Device[] = ['mic', 'camera']

export class Revival {
  /** Switched off because nothing came any more, not by anybody's will. */
  private readonly taken = new Set<Device>()
  private readonly unlisten: () => void
  private isBusy = false

  constructor(
    private readonly capture: Pick<Capture, 'listen' | 'isOn' | 'track' | 'start' | 'reopen'>,
    /** A device works again that had been given up. */
    private readonly onBack: (source: Device) => void,
  ) {
    this.unlisten = capture.listen({
      onChange: (source) => {
        if (source !== 'screen' && capture.isOn(source)) this.taken.delete(source)
      },
      onLost: (source, why) => {
        if (source !== 'screen' && why === 'silent') this.taken.add(source)
      },
    })
  }

  /** The page is back. `may`: whether a source may be on now. */
  async check(may: (source: Source) => boolean): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    for (const source of DEVICES) await this.revive(source, may)
    this.isBusy = false
  }

  /** Nothing comes back by itself any more: it is wanted off. */
  forget(source: Source): void {
    if (source !== 'screen') this.taken.delete(source)
  }

  close(): void {
    this.unlisten()
  }

  private async revive(source: Device, may: (source: Source) => boolean): Promise<void> {
    const track = this.capture.track(source)
    if (track) {
      if (track.readyState !== 'live' || track.muted) await this.capture.reopen(source)
    } else if (this.taken.has(source) && may(source)) {
      // Still taken, or not allowed without a click: it was told, and its button is there.
      const isBack = await this.capture.start(source).then(
        () => this.capture.isOn(source),
        () => false,
      )
      if (isBack) this.onBack(source)
    }
  }
}
