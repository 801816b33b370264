/** A short sound on the chosen speaker. It goes through an element, as the voices of a class do, so it proves them. */
import { playNotes } from './chime'

/** A little melody up and down: it is heard better than one tone, and known as a test. */
const MELODY_HZ = [523.3, 659.3, 784, 1046.5]
const LENGTH_MS = 1_400

/** Resolves when it has sounded. Call it inside a click. Fails when the browser will not play. */
export async function playTestSound(speakerId: string | null): Promise<void> {
  const context = new AudioContext()
  const element = document.createElement('audio')
  try {
    const target = context.createMediaStreamDestination()
    element.srcObject = target.stream
    if (speakerId !== null && 'setSinkId' in element)
      await element.setSinkId(speakerId).catch(() => undefined)
    const started = element.play()
    await context.resume()
    playNotes(context, MELODY_HZ, target)
    await started
    await new Promise((done) => setTimeout(done, LENGTH_MS))
  } finally {
    element.srcObject = null
    void context.close()
  }
}
