/** A few lines about the connection for whoever helps: in English, whatever the page speaks. */
import type { LineHints } from '../data-use'
import type { Line, Verdict } from '../network-test'

const rate = (kbps: number | null): string =>
  kbps === null ? 'unknown' : Number.isFinite(kbps) ? `${kbps.toFixed(0)} kbit/s` : 'fast'

export function lineReport(line: Line, verdict: Verdict, agent: string, hints: LineHints, now: Date): string {
  const known = Object.entries({
    type: hints.type,
    class: hints.effectiveType,
    'saves data': hints.saveData ? 'yes' : undefined,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return [
    `podium connection test, ${now.toISOString()}`,
    `verdict: ${verdict}`,
    `round trip: ${line.roundTripMs.toFixed(0)} ms, varies by ${line.spreadMs.toFixed(0)} ms`,
    `down: ${rate(line.downKbps)}`,
    `up: ${rate(line.upKbps)}`,
    ...known,
    `browser: ${agent}`,
  ].join('\n')
}
