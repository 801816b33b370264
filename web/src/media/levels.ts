/** How loud a track is, for a level bar. */
import { audioContext } from './audio-context'

/** Quietest and loudest of the bar, dB. */
const FLOOR_DB = -55
const CEILING_DB = -10

/** The place on the bar, 0 to 1, of samples between -1 and 1. */
export function levelOf(samples: Float32Array): number {
  let sum = 0
  for (const value of samples) sum += value * value
  const db = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12)
  return Math.min(1, Math.max(0, (db - FLOOR_DB) / (CEILING_DB - FLOOR_DB)))
}

/** Calls back with the level of `track` for each frame of the page, where it can be known; answers the function that ends it. */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = audioContext()
  if (!context) return () => undefined
  const analyser = context.createAnalyser()
  analyser.fftSize = 1024
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  let shown = 0
  let frame = requestAnimationFrame(function draw() {
    analyser.getFloatTimeDomainData(samples)
    // Up at once, down slowly: a bar that flickers is hard to read.
    shown = Math.max(levelOf(samples), shown * 0.92)
    onLevel(shown)
    frame = requestAnimationFrame(draw)
  })
  return () => {
    cancelAnimationFrame(frame)
    void context.close()
  }
}
