/** Keeps the devices off that a tutor has locked: the server forwards nothing of them anyway. */
import type { Capture } from '../media/capture'
import type { Source } from '../protocol/protocol.gen'
import type { Notifier } from './notifier'
import { LOCK_REASON, type Publishing } from './publishing'
import type { RoomEvent } from './reducer'

const SOURCES: readonly Source[] = ['mic', 'camera', 'screen']

export class Locks {
  constructor(
    private readonly capture: Capture,
    private readonly notifier: Pick<Notifier, 'say'>,
    private readonly publishing: () => Publishing,
  ) {}

  get now(): Publishing {
    return this.publishing()
  }

  /** What is locked or not allowed any more is not captured either. */
  obey(): void {
    const { may, locked } = this.now
    if (may.length === 0) return
    for (const source of SOURCES)
      if (this.capture.isOn(source) && (locked.has(source) || !may.includes(source)))
        this.capture.stop(source)
  }

  /** What a tutor did to one's own devices; false for anything else. Nobody is forced on. */
  hear({ event, data }: RoomEvent): boolean {
    if (event === 'muted') {
      this.capture.stop('mic')
      this.notifier.say('info', `${data.byName} muted you`)
    } else if (event === 'may-speak') {
      this.notifier.say('info', `${data.byName} lets you speak: turn your microphone on`)
    } else return false
    return true
  }

  /** True, with the reason told, when a device may not be switched on now. */
  refuses(source: Source): boolean {
    const isLocked = this.now.locked.has(source)
    if (isLocked) this.notifier.say('info', `${LOCK_REASON[source]}.`)
    return isLocked
  }
}
