/**
 * Keeps the encodings of one sender as they should be. One change at a time, the last wish wins; what the browser
 * refuses (it does so while it negotiates) is tried again.
 */
import type { Source } from '../protocol/protocol.gen'
import { degradationOf, tunedEncodings, type Size } from './encodings'

/** Some phones tell the size of the picture wrong at first: it is looked at once more after so many ms. */
export const LOOK_AGAIN_AFTER_MS = 2_000
/** ms */
const RETRY_DELAYS: readonly number[] = [100, 300, 1_000, 3_000]

export type TunedSender = Pick<RTCRtpSender, 'getParameters' | 'setParameters' | 'track'>

export class SenderTuner {
  private wanted: readonly string[] | null = null
  private isReady = false
  private isDue = false
  private isBusy = false
  private attempt = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private lookTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly source: Source,
    private readonly sender: TunedSender,
  ) {}

  /** The rids of the layers that anybody takes; null when nothing was said: all of them. */
  want(layers: readonly string[] | null): void {
    this.wanted = layers
    this.tune()
  }

  /** The offer was answered: from now on encodings can be changed. */
  ready(): void {
    this.isReady = true
    this.tune()
  }

  /** The track is another. */
  retrack(): void {
    this.tune()
    clearTimeout(this.lookTimer)
    if (this.source === 'camera' && this.sender.track)
      this.lookTimer = setTimeout(() => {
        this.tune()
      }, LOOK_AGAIN_AFTER_MS)
  }

  /** What is wished for is another, or the size of the picture is. */
  tune(): void {
    this.attempt = 0
    this.isDue = true
    void this.work()
  }

  close(): void {
    clearTimeout(this.timer)
    clearTimeout(this.lookTimer)
    this.isReady = false
  }

  private async work(): Promise<void> {
    clearTimeout(this.timer)
    if (this.isBusy) return
    this.isBusy = true
    while (this.isDue && this.isReady) {
      this.isDue = false
      if (!(await this.apply())) {
        this.later()
        break
      }
    }
    this.isBusy = false
  }

  private later(): void {
    // A newer wish came meanwhile, and has its own attempts.
    const delay = RETRY_DELAYS[this.attempt++]
    if (!this.isReady || delay === undefined) return
    this.isDue = true
    this.timer = setTimeout(() => void this.work(), delay)
  }

  /** False when the browser refused. */
  private async apply(): Promise<boolean> {
    const degradationPreference = degradationOf(this.source)
    const preference = degradationPreference ? { degradationPreference } : {}
    try {
      const parameters = this.sender.getParameters()
      const encodings = tunedEncodings(
        this.source,
        parameters.encodings,
        sizeOf(this.sender.track),
        this.wanted,
      )
      const isSame =
        JSON.stringify(encodings) === JSON.stringify(parameters.encodings) &&
        (!degradationPreference || parameters.degradationPreference === degradationPreference)
      if (!isSame) await this.sender.setParameters({ ...parameters, ...preference, encodings })
      return true
    } catch {
      return false
    }
  }
}

function sizeOf(track: MediaStreamTrack | null): Size | null {
  const { width, height } = track?.getSettings() ?? {}
  return width !== undefined && height !== undefined && width * height > 0 ? { width, height } : null
}
