/** Keeps the devices off that a tutor has locked: the server forwards nothing of them anyway. And what a tutor offers:
 * to speak. Nobody is forced on. */
import { isolated } from '../i18n/isolate'
import type { Capture } from '../media/capture'
import type { Source } from '../protocol/protocol.gen'
import type { Notifier } from './notifier'
import { lockReason, type Publishing } from './publishing'
import type { RoomEvent } from './reducer'
import { SOURCES } from './sources'

export class Locks {
  private offeredBy: string | null = null
  /** The hand of the offer is known to be answered; an offer may arrive before that. */
  private isTurn = false

  constructor(
    private readonly capture: Capture,
    private readonly notifier: Pick<Notifier, 'say' | 'changed'>,
    private readonly publishing: () => Publishing,
  ) {}

  get now(): Publishing {
    return this.publishing()
  }

  /** Who lets one speak, for as long as that is neither taken up, nor declined, nor over. */
  get offer(): string | null {
    return this.capture.isOn('mic') ? null : this.offeredBy
  }

  decline(): void {
    this.offeredBy = null
    this.notifier.changed()
  }

  /** After whatever happened. What is locked or not allowed any more is not captured either. */
  obey(): void {
    const { may, locked, isAnswered } = this.now
    if (may.length === 0) return
    if (this.capture.isOn('mic') || (this.isTurn && !isAnswered)) this.offeredBy = null
    this.isTurn = isAnswered
    for (const source of SOURCES)
      if (this.capture.isOn(source) && (locked.has(source) || !may.includes(source)))
        this.capture.stop(source)
  }

  /** What a tutor did to one's own devices; false for anything else. */
  hear({ event, data }: RoomEvent): boolean {
    if (event === 'muted') {
      this.capture.stop('mic')
      this.notifier.say('info', `${isolated(data.byName)} muted you`)
    } else if (event === 'may-speak') {
      if (this.capture.isOn('mic')) this.notifier.say('info', `${isolated(data.byName)} lets you speak`)
      else {
        this.offeredBy = data.byName
        this.notifier.changed()
      }
    } else return false
    return true
  }

  /** True, with the reason told, when a device may not be switched on now. */
  refuses(source: Source): boolean {
    const isLocked = this.now.locked.has(source)
    if (isLocked) this.notifier.say('info', `${lockReason(source)}.`)
    return isLocked
  }
}
