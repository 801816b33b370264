/**
 * Measures the line to the server with requests alone: how long an answer takes, and how much comes and goes in a
 * second. A whole test takes at most some 250 kB, a look some 17 kB. Media goes another way (UDP), which is not tried
 * here: the server offers media to those who have a seat.
 */

export interface LinePorts {
  /** Fetches so many octets. */
  download(bytes: number): Promise<unknown>
  upload(bytes: number): Promise<unknown>
  /** ms */
  now(): number
}

export interface Line {
  /** The quickest of the answers, ms. */
  roundTripMs: number
  /** How far the answers lay apart, ms. */
  spreadMs: number
  /** kbit/s; `Infinity`: more than such a short test can tell. Null: not measured. */
  downKbps: number | null
  upKbps: number | null
}

const LOOK_BYTES = 16_000
const FIRST_BYTES = 32_000
const DOWN_BYTES = 128_000
const UP_BYTES = 64_000
const TRIPS = 4
/** A line that takes longer than this for a part, ms, is known well enough. */
const ENOUGH_MS = 1_500
/** Faster than this a part was in the buffers on the way. */
const AT_ONCE_MS = 4

/** A first impression that costs nearly nothing. */
export async function lookAtLine(ports: LinePorts): Promise<Line> {
  const first = await timed(ports, () => ports.download(0))
  const second = await timed(ports, () => ports.download(0))
  const trip = Math.min(first, second)
  const took = await timed(ports, () => ports.download(LOOK_BYTES))
  return {
    roundTripMs: trip,
    spreadMs: Math.abs(first - second),
    downKbps: rate(LOOK_BYTES, took - trip),
    upKbps: null,
  }
}

/** All of it; `onStep` is told how far it is, 0 to 1. */
export async function testLine(
  ports: LinePorts,
  onStep: (share: number) => void = () => undefined,
): Promise<Line> {
  const trips: number[] = []
  // The first request may have to open a connection.
  await ports.download(0)
  for (let i = 0; i < TRIPS; i++) {
    trips.push(await timed(ports, () => ports.download(0)))
    onStep((i + 1) / (TRIPS * 2))
  }
  const trip = Math.min(...trips)
  const first = (await timed(ports, () => ports.download(FIRST_BYTES))) - trip
  onStep(0.65)
  const downKbps =
    first > ENOUGH_MS
      ? rate(FIRST_BYTES, first)
      : rate(DOWN_BYTES, (await timed(ports, () => ports.download(DOWN_BYTES))) - trip)
  onStep(0.85)
  const upBytes = first > ENOUGH_MS ? UP_BYTES / 4 : UP_BYTES
  const upKbps = rate(upBytes, (await timed(ports, () => ports.upload(upBytes))) - trip)
  onStep(1)
  return { roundTripMs: trip, spreadMs: Math.max(...trips) - trip, downKbps, upKbps }
}

async function timed(ports: LinePorts, work: () => Promise<unknown>): Promise<number> {
  const began = ports.now()
  await work()
  return ports.now() - began
}

const rate = (bytes: number, ms: number): number => (ms < AT_ONCE_MS ? Infinity : (bytes * 8) / ms)

/** What such a line is good for. The time an answer takes does not lower it: sound that comes late is still sound. */
export type Verdict = 'good' | 'fair' | 'weak' | 'poor'

/** kbit/s that a class needs: pictures in full, one small picture, slides. */
const PICTURES = 1_200
const SMALL_PICTURE = 350
const SLIDES = 100

export function verdictOf({ downKbps, upKbps }: Pick<Line, 'downKbps' | 'upKbps'>): Verdict {
  const down = downKbps ?? Infinity
  if (down < SLIDES) return 'poor'
  if (down < SMALL_PICTURE) return 'weak'
  // One's own voice takes some 50 kbit/s.
  if (down < PICTURES || (upKbps ?? Infinity) < SLIDES) return 'fair'
  return 'good'
}
