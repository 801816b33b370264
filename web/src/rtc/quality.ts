/** Watches how good the connection is. */
import { compare, sample, type Quality, type Sample } from './stats'

const EVERY_MS = 4_000

/** Calls back every few seconds; null when nothing can be said. Answers the function that ends it. */
export function watchQuality(
  connection: () => RTCPeerConnection | null,
  onQuality: (quality: Quality | null) => void,
): () => void {
  let before: Sample | null = null
  let isOver = false
  const look = async () => {
    const report = await connection()?.getStats()
    if (isOver) return
    const now = report
      ? sample(report.values() as Iterable<Record<string, unknown>>, performance.now())
      : null
    onQuality(before && now ? compare(before, now) : null)
    before = now
  }
  const timer = setInterval(() => void look().catch(() => undefined), EVERY_MS)
  return () => {
    isOver = true
    clearInterval(timer)
  }
}
