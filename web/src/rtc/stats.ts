/** How good the connection is, from two samples of getStats. */

/** What is counted since the connection began. */
export interface Sample {
  /** ms */
  at: number
  packetsReceived: number
  packetsLost: number
  bytesReceived: number
  bytesSent: number
  /** Seconds; null while unknown. */
  roundTripTime: number | null
}

/** What happened between two samples. */
export interface Quality {
  /** Share of packets lost on the way here, 0 to 1. */
  loss: number
  receiveKbps: number
  sendKbps: number
  /** ms; null while unknown. */
  roundTripMs: number | null
  isWeak: boolean
}

const WEAK_LOSS = 0.05
const WEAK_ROUND_TRIP_MS = 600
/** Fewer packets than this say nothing about loss. */
const MIN_PACKETS = 20

/** Sums up a stats report; the order and the number of its entries do not matter. */
export function sample(entries: Iterable<Record<string, unknown>>, at: number): Sample {
  const total: Sample = {
    at,
    packetsReceived: 0,
    packetsLost: 0,
    bytesReceived: 0,
    bytesSent: 0,
    roundTripTime: null,
  }
  const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : 0)
  for (const entry of entries) {
    if (entry['type'] === 'inbound-rtp') {
      total.packetsReceived += number(entry['packetsReceived'])
      total.packetsLost += number(entry['packetsLost'])
      total.bytesReceived += number(entry['bytesReceived'])
    } else if (entry['type'] === 'outbound-rtp') {
      total.bytesSent += number(entry['bytesSent'])
    } else if (entry['type'] === 'candidate-pair' && entry['nominated'] === true) {
      const time = entry['currentRoundTripTime']
      if (typeof time === 'number') total.roundTripTime = time
    }
  }
  return total
}

/** The quality between two samples; null when they are not apart or belong to different connections. */
export function compare(before: Sample, now: Sample): Quality | null {
  const seconds = (now.at - before.at) / 1000
  const received = now.packetsReceived - before.packetsReceived
  if (seconds <= 0 || received < 0) return null
  const lost = Math.max(0, now.packetsLost - before.packetsLost)
  const expected = received + lost
  const loss = expected >= MIN_PACKETS ? lost / expected : 0
  const roundTripMs = now.roundTripTime === null ? null : Math.round(now.roundTripTime * 1000)
  const kbps = (bytes: number) => Math.round((Math.max(0, bytes) * 8) / 1000 / seconds)
  return {
    loss,
    receiveKbps: kbps(now.bytesReceived - before.bytesReceived),
    sendKbps: kbps(now.bytesSent - before.bytesSent),
    roundTripMs,
    isWeak: loss > WEAK_LOSS || (roundTripMs ?? 0) > WEAK_ROUND_TRIP_MS,
  }
}
