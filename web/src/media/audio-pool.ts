/**
 * A fixed pool of audio elements. They are made and unlocked inside the click on Join, since browsers let an
 * element sound by itself only when a click played it once; after that they may be given any track.
 */
import { audioContext } from './audio-context'
import { isAppleTouch } from './audio-session'
import { Hum } from './hum'
import type { DeviceInfo } from './present-devices'
import { SoundCheck } from './sound-check'

const POOL_SIZE = 8

/**
 * `blocked`: the browser waits for a tap. `stuck`: something took the sound away, a phone call for one; a tap may bring
 * it back. `lost`: not even a tap did.
 */
export type SoundTrouble = 'none' | 'blocked' | 'stuck' | 'lost'

export class AudioPool {
  private readonly elements: HTMLAudioElement[] = []
  private sinkId: string | null = null
  /** The chosen speaker is gone: the default one sounds. */
  private isOnDefault = false
  private hum: Hum | null = null
  private state: SoundTrouble = 'none'
  readonly check = new SoundCheck(this)

  /** Called when the sound is held back, and when it is back. */
  onTrouble: (trouble: SoundTrouble) => void = () => undefined

  constructor(private readonly host: HTMLElement) {}

  /** Call it inside a click. */
  unlock(): void {
    this.grow(POOL_SIZE)
    // These let a page that captures nothing sound only while something else of it does.
    const context = isAppleTouch(navigator) && !this.hum ? audioContext() : null
    if (context) this.hum = new Hum(this.host, context)
    this.resume()
  }

  get trouble(): SoundTrouble {
    return this.state
  }

  set trouble(trouble: SoundTrouble) {
    if (this.state === trouble) return
    this.state = trouble
    this.onTrouble(trouble)
  }

  /** Plays exactly these tracks, one element each. */
  play(tracks: readonly MediaStreamTrack[]): void {
    this.grow(tracks.length)
    this.elements.forEach((element, index) => {
      const track = tracks[index]
      if (trackOf(element) === track) return
      element.srcObject = track ? new MediaStream([track]) : null
    })
    this.resume()
  }

  /** Plays everything again: after a click on "Tap to hear", or when the page comes back to the front. */
  resume(): void {
    this.hum?.resume()
    for (const element of this.elements) if (element.srcObject) void this.start(element)
  }

  /** Plays everything from the beginning: what was interrupted by the system may not go on by itself. */
  restart(): void {
    for (const element of this.elements) {
      const { srcObject } = element
      element.srcObject = null
      element.srcObject = srcObject
    }
    this.resume()
  }

  /** How far each element has come that has something to play, s. */
  get positions(): ReadonlyMap<unknown, number> {
    const sounding = this.elements.filter((element) => {
      const track = trackOf(element)
      return track?.readyState === 'live' && !track.muted
    })
    return new Map(sounding.map((element) => [element, element.currentTime]))
  }

  /** Sends the sound to this speaker, where the browser can. */
  async useSpeaker(deviceId: string): Promise<void> {
    this.sinkId = deviceId
    this.isOnDefault = false
    await this.setSinks(deviceId)
  }

  /** The devices there are: without the chosen speaker the default one sounds, until it is back. */
  useDevices(infos: readonly DeviceInfo[]): void {
    const speakers = infos.filter((info) => info.kind === 'audiooutput' && info.deviceId)
    const { sinkId } = this
    if (!sinkId || speakers.length === 0) return
    const isGone = !speakers.some((info) => info.deviceId === sinkId)
    if (isGone === this.isOnDefault) return
    this.isOnDefault = isGone
    void this.setSinks(isGone ? '' : sinkId)
  }

  close(): void {
    this.check.close()
    this.hum?.close()
    this.hum = null
    for (const element of this.elements) {
      element.srcObject = null
      element.remove()
    }
    this.elements.length = 0
  }

  private async setSinks(deviceId: string): Promise<void> {
    await Promise.allSettled(this.elements.map((element) => setSink(element, deviceId)))
  }

  private grow(size: number): void {
    while (this.elements.length < size) {
      const element = document.createElement('audio')
      element.autoplay = true
      element.setAttribute('playsinline', '')
      if (this.sinkId && !this.isOnDefault) void setSink(element, this.sinkId)
      this.host.append(element)
      this.elements.push(element)
      // An empty stream is enough for the click to count for this element.
      element.srcObject = new MediaStream()
    }
  }

  private async start(element: HTMLAudioElement): Promise<void> {
    const { srcObject } = element
    // An empty stream never begins to play; asking for it inside the click is what counts.
    const hasSound = trackOf(element) !== undefined
    try {
      await element.play()
      if (hasSound && this.state === 'blocked') this.trouble = 'none'
    } catch (error) {
      const isRefused = error instanceof DOMException && error.name === 'NotAllowedError'
      if (isRefused && hasSound && element.srcObject === srcObject && this.state === 'none')
        this.trouble = 'blocked'
    }
  }
}

const trackOf = ({ srcObject }: HTMLAudioElement): MediaStreamTrack | undefined =>
  srcObject instanceof MediaStream ? srcObject.getTracks()[0] : undefined

/** True where the browser lets the page choose the speaker. */
export const canChooseSpeaker = (): boolean => 'setSinkId' in HTMLMediaElement.prototype

async function setSink(element: HTMLAudioElement, deviceId: string): Promise<void> {
  if (canChooseSpeaker()) await element.setSinkId(deviceId).catch(() => undefined)
}
