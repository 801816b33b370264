/** A soft chime of two notes, made by the page itself. Prepared inside a click, so that it may sound later. */
import { audioContext } from './audio-context'

const NOTES_HZ = [659.3, 880]
const NOTE_S = 0.7
const GAP_S = 0.18
const VOLUME = 0.12

/** Lets notes sound one after the other, each fading away. */
export function playNotes(context: AudioContext, notes: readonly number[], target: AudioNode): void {
  notes.forEach((frequency, index) => {
    const start = context.currentTime + index * GAP_S
    const note = context.createOscillator()
    const gain = context.createGain()
    note.frequency.value = frequency
    gain.gain.setValueAtTime(0, start)
    gain.gain.linearRampToValueAtTime(VOLUME, start + 0.02)
    gain.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_S)
    note.connect(gain).connect(target)
    note.start(start)
    note.stop(start + NOTE_S)
  })
}

type Directed = AudioContext & { setSinkId?: (id: string) => Promise<void> }

export class Chime {
  private readonly context: Directed | null

  /** `speakerId`: where the browser can choose. */
  constructor(speakerId: string | null = null) {
    this.context = audioContext()
    if (speakerId !== null) this.context?.setSinkId?.(speakerId).catch(() => undefined)
  }

  ring(): void {
    const { context } = this
    context?.resume().then(
      () => {
        playNotes(context, NOTES_HZ, context.destination)
      },
      () => undefined,
    )
  }

  close(): void {
    void this.context?.close()
  }
}
