/** Notices a mic that is on and gives nothing at all: muted at the headset, or blocked by the system. */

/** ms */
export const LOOK_EVERY_MS = 2_500
/** Without a sound for so many ms it is told. */
export const MUTE_AFTER_MS = 10_000
/** Even a quiet room gives more than this in a second (-90 dB). */
const FLOOR_PER_S = 1e-9

export interface MicWatchPorts {
  /** All the energy so far; null where nobody can tell. */
  energy(): Promise<number | null>
  onMute(): void
}

export class MicWatch {
  private timer: ReturnType<typeof setInterval> | undefined
  private last: number | null = null
  private quietFor = 0

  constructor(private readonly ports: MicWatchPorts) {}

  /** The mic went on, off, or to another track. */
  follow(isOn: boolean): void {
    clearInterval(this.timer)
    this.last = null
    this.quietFor = 0
    if (isOn) this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS)
  }

  close(): void {
    clearInterval(this.timer)
  }

  private async look(): Promise<void> {
    const energy = await this.ports.energy()
    const before = this.last
    this.last = energy
    // A new connection begins to count anew.
    if (energy === null || before === null || energy < before) return
    const isQuiet = energy - before < (FLOOR_PER_S * LOOK_EVERY_MS) / 1_000
    this.quietFor = isQuiet ? this.quietFor + LOOK_EVERY_MS : 0
    if (this.quietFor < MUTE_AFTER_MS) return
    clearInterval(this.timer)
    this.ports.onMute()
  }
}
