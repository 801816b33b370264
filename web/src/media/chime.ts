/** A soft chime of two notes, made by the page itself. Prepared inside a click, so that it may sound later. */

const NOTES_HZ = [659.3, 880]
const NOTE_S = 0.7
const GAP_S = 0.18
const VOLUME = 0.12

export class Chime {
  private readonly context: AudioContext | null

  constructor() {
    this.context = typeof AudioContext === 'undefined' ? null : new AudioContext()
  }

  ring(): void {
    const { context } = this
    if (!context) return
    void context.resume().then(() => {
      NOTES_HZ.forEach((frequency, index) => {
        const start = context.currentTime + index * GAP_S
        const note = context.createOscillator()
        const gain = context.createGain()
        note.frequency.value = frequency
        gain.gain.setValueAtTime(0, start)
        gain.gain.linearRampToValueAtTime(VOLUME, start + 0.02)
        gain.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_S)
        note.connect(gain).connect(context.destination)
        note.start(start)
        note.stop(start + NOTE_S)
      })
    })
  }

  close(): void {
    void this.context?.close()
  }
}
