/**
 * Brings what is captured onto the media connection, and tells the room the true state of the devices: after each
 * change, one message at a time, the last state always told.
 */
import type { Capture, Loss } from '../media/capture'
import { adviceFor, CaptureError } from '../media/problems'
import { Backoff } from '../protocol/backoff'
import type { Source, UpdateMediaState } from '../protocol/protocol.gen'

export interface PublisherPorts {
  setTrack(source: Source, track: MediaStreamTrack | null): Promise<void>
  /** Rejects when the room could not be told. */
  tell(state: UpdateMediaState): Promise<unknown>
  /** Telling makes sense: one is in the room. */
  isJoined(): boolean
  onChange(): void
  say(kind: 'info' | 'problem', text: string): void
}

/** What to tell the owner of a source that went off by itself. */
export function lossText(source: Source, why: Loss): string {
  if (source === 'screen') return 'You stopped sharing your screen.'
  if (source === 'mic')
    return why === 'ended'
      ? 'Your microphone is gone: it was disconnected or switched off by the browser. Turn it on again to use another one.'
      : 'Your microphone was switched off: another program or the system took it.'
  return why === 'ended'
    ? 'Your camera is gone: it was disconnected or switched off by the browser. Turn it on again to use another one.'
    : 'Your camera was switched off: another program or the system took it.'
}

/** What to tell whose device was pulled out, or is not the default one any more. */
export function replacedText(source: Source, label: string): string {
  if (!label) return source === 'mic' ? 'Another microphone is used now.' : 'Another camera is used now.'
  return source === 'mic' ? `Your microphone is now ${label}.` : `Your camera is now ${label}.`
}

export class Publisher {
  private readonly busy = new Set<Source>()
  private isTelling = false
  private mustTell = false
  private retry: ReturnType<typeof setTimeout> | undefined
  private readonly backoff = new Backoff({ base: 500, max: 5_000, jitter: 0.3 })
  private readonly unlisten: () => void

  constructor(
    private readonly capture: Capture,
    private readonly ports: PublisherPorts,
  ) {
    this.unlisten = capture.listen({
      onChange: (source) => {
        void this.publish(source)
      },
      onLost: (source, why) => {
        ports.say('problem', lossText(source, why))
      },
      onReplaced: (source, label) => {
        ports.say('info', replacedText(source, label))
      },
    })
  }

  /** Sources that are being switched on just now. */
  get pending(): ReadonlySet<Source> {
    return this.busy
  }

  async toggle(source: Source): Promise<void> {
    if (this.busy.has(source)) return
    if (this.capture.isOn(source)) {
      this.capture.stop(source)
      return
    }
    this.busy.add(source)
    this.ports.onChange()
    try {
      await this.capture.start(source)
    } catch (error) {
      const advice = error instanceof CaptureError ? adviceFor(error) : ''
      if (advice) this.ports.say('problem', advice)
    } finally {
      this.busy.delete(source)
      this.ports.onChange()
    }
  }

  /** Tells the room the state of the devices, now or as soon as that is possible. */
  announce(): void {
    this.mustTell = true
    clearTimeout(this.retry)
    if (!this.isTelling) void this.tell()
  }

  close(): void {
    clearTimeout(this.retry)
    this.unlisten()
  }

  private async publish(source: Source): Promise<void> {
    this.ports.onChange()
    await this.ports.setTrack(source, this.capture.track(source)).catch(() => undefined)
    this.announce()
  }

  private async tell(): Promise<void> {
    this.isTelling = true
    while (this.mustTell && this.ports.isJoined()) {
      this.mustTell = false
      try {
        await this.ports.tell({
          isAudioOn: this.capture.isOn('mic'),
          isVideoOn: this.capture.isOn('camera'),
          isScreenOn: this.capture.isOn('screen'),
        })
        this.backoff.reset()
      } catch {
        this.retry = setTimeout(() => {
          this.announce()
        }, this.backoff.next())
        break
      }
    }
    this.isTelling = false
  }
}
