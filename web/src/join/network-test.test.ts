import { describe, expect, it } from 'vitest'
import { lookAtLine, testLine, verdictOf, type LinePorts } from './network-test'

/** A line in virtual time. */
class VirtualLine implements LinePorts {
  bytes = 0
  private time = 0

  constructor(
    private readonly tripMs: number,
    private readonly kbps: number,
  ) {}

  now(): number {
    return this.time
  }
  download(bytes: number): Promise<void> {
    return this.carry(bytes)
  }
  upload(bytes: number): Promise<void> {
    return this.carry(bytes)
  }
  private carry(bytes: number): Promise<void> {
    this.bytes += bytes
    this.time += this.tripMs + (bytes * 8) / this.kbps
    return Promise.resolve()
  }
}

const LINES = [
  [20, 20_000, 'good'],
  [600, 4_000, 'good'],
  [120, 800, 'fair'],
  [400, 200, 'weak'],
  [800, 40, 'poor'],
] as const

describe.each(LINES)('a line of %d ms and %d kbit/s', (trip, kbps, verdict) => {
  it('is measured as it is', async () => {
    const shares: number[] = []
    const line = await testLine(new VirtualLine(trip, kbps), (share) => shares.push(share))
    expect(line.roundTripMs).toBeCloseTo(trip)
    expect(line.downKbps).toBeCloseTo(kbps)
    expect(line.upKbps).toBeCloseTo(kbps)
    expect(verdictOf(line)).toBe(verdict)
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
  })

  it('is looked at for little', async () => {
    const ports = new VirtualLine(trip, kbps)
    expect(verdictOf(await lookAtLine(ports))).toBe(verdict)
    expect(ports.bytes).toBeLessThan(20_000)
  })
})

it('takes less than 300 kB, and far less on a slow line', async () => {
  const [fast, slow] = [new VirtualLine(10, 10_000), new VirtualLine(500, 60)]
  await Promise.all([testLine(fast), testLine(slow)])
  expect(fast.bytes).toBeLessThan(300_000)
  expect(slow.bytes).toBeLessThan(60_000)
})

it('says fair where only the way up is narrow', () => {
  expect(verdictOf({ downKbps: Infinity, upKbps: 40 })).toBe('fair')
  expect(verdictOf({ downKbps: null, upKbps: null })).toBe('good')
})
