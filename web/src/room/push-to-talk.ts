/** The mic as long as a key is held. Switching on takes time, so what is wanted last is what comes about. */

export interface HeldMic {
  isOn(): boolean
  mayUse(): boolean
  toggle(): Promise<void>
}

export class PushToTalk {
  private isHeld = false
  private isBusy = false

  constructor(private readonly mic: HeldMic) {}

  /** False when the key does nothing: the mic is on already, or may not be. */
  press(): boolean {
    if (this.isHeld) return true
    if (this.mic.isOn() || !this.mic.mayUse()) return false
    this.isHeld = true
    void this.follow()
    return true
  }

  /** Leaves a mic alone that was not switched on by the key. */
  release(): void {
    if (!this.isHeld) return
    this.isHeld = false
    void this.follow()
  }

  private async follow(): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    while (this.mic.isOn() !== this.isHeld) {
      const before = this.mic.isOn()
      await this.mic.toggle()
      // Refused: the reason was told, and holding on would not change it.
      if (this.mic.isOn() === before) this.isHeld = before
    }
    this.isBusy = false
  }
}
