/** A sound of nothing, played for ever: while it plays, iPhones let a page sound that captures nothing itself. */
export class Hum {
  private readonly element = document.createElement('audio')
  private readonly silence: MediaStream

  /** Make both inside a click. */
  constructor(
    host: HTMLElement,
    private readonly context: AudioContext,
  ) {
    const target = this.context.createMediaStreamDestination()
    const gain = this.context.createGain()
    const source = this.context.createOscillator()
    gain.gain.value = 0
    source.connect(gain).connect(target)
    source.start()
    this.silence = target.stream
    this.element.setAttribute('playsinline', '')
    this.element.hidden = true
    host.append(this.element)
    document.addEventListener('visibilitychange', this.turn)
    this.turn()
  }

  resume(): void {
    if (this.element.srcObject) void this.element.play().catch(() => undefined)
    if (this.context.state !== 'running') void this.context.resume().catch(() => undefined)
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.turn)
    this.element.srcObject = null
    this.element.remove()
    void this.context.close().catch(() => undefined)
  }

  /** A hidden page would get controls for it on the lock screen. */
  private readonly turn = (): void => {
    this.element.srcObject = document.visibilityState === 'hidden' ? null : this.silence
    this.resume()
  }
}
