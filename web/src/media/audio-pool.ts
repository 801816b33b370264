/**
 * A fixed pool of audio elements. They are made and unlocked inside the click on Join, since browsers let an
 * element sound by itself only when a click played it once; after that they may be given any track.
 */

const POOL_SIZE = 8

export class AudioPool {
  private readonly elements: HTMLAudioElement[] = []
  private sinkId: string | null = null
  private blocked = false

  /** Called when the browser begins or ceases to hold back the sound. */
  onBlocked: (blocked: boolean) => void = () => undefined

  constructor(private readonly host: HTMLElement) {}

  /** Call it inside a click. */
  unlock(): void {
    this.grow(POOL_SIZE)
    this.resume()
  }

  get isBlocked(): boolean {
    return this.blocked
  }

  /** Plays exactly these tracks, one element each. */
  play(tracks: readonly MediaStreamTrack[]): void {
    this.grow(tracks.length)
    this.elements.forEach((element, index) => {
      const track = tracks[index]
      const current = element.srcObject instanceof MediaStream ? element.srcObject.getTracks()[0] : undefined
      if (current === track) return
      element.srcObject = track ? new MediaStream([track]) : null
    })
    this.resume()
  }

  /** Plays everything again: after a click on "Tap to hear", or when the page comes back to the front. */
  resume(): void {
    for (const element of this.elements) if (element.srcObject) void this.start(element)
  }

  /** Sends the sound to this speaker, where the browser can. */
  async useSpeaker(deviceId: string): Promise<void> {
    this.sinkId = deviceId
    await Promise.allSettled(this.elements.map((element) => setSink(element, deviceId)))
  }

  close(): void {
    for (const element of this.elements) {
      element.srcObject = null
      element.remove()
    }
    this.elements.length = 0
  }

  private grow(size: number): void {
    while (this.elements.length < size) {
      const element = document.createElement('audio')
      element.autoplay = true
      element.setAttribute('playsinline', '')
      if (this.sinkId) void setSink(element, this.sinkId)
      this.host.append(element)
      this.elements.push(element)
      // An empty stream is enough for the click to count for this element.
      element.srcObject = new MediaStream()
    }
  }

  private async start(element: HTMLAudioElement): Promise<void> {
    const { srcObject } = element
    // An empty stream never begins to play; asking for it inside the click is what counts.
    const hasSound = srcObject instanceof MediaStream && srcObject.getTracks().length > 0
    try {
      await element.play()
      if (hasSound) this.setBlocked(false)
    } catch (error) {
      const isRefused = error instanceof DOMException && error.name === 'NotAllowedError'
      if (isRefused && hasSound && element.srcObject === srcObject) this.setBlocked(true)
    }
  }

  private setBlocked(blocked: boolean): void {
    if (this.blocked === blocked) return
    this.blocked = blocked
    this.onBlocked(blocked)
  }
}

/** True where the browser lets the page choose the speaker. */
export const canChooseSpeaker = (): boolean => 'setSinkId' in HTMLMediaElement.prototype

async function setSink(element: HTMLAudioElement, deviceId: string): Promise<void> {
  if (canChooseSpeaker()) await element.setSinkId(deviceId).catch(() => undefined)
}
