/** What can go wrong when a device is switched on, and what to tell its owner. */
import type { Source } from '../protocol/protocol.gen'

export type CaptureProblem = 'denied' | 'missing' | 'busy' | 'insecure' | 'cancelled' | 'failed'

export class CaptureError extends Error {
  override readonly name = 'CaptureError'

  constructor(
    readonly source: Source,
    readonly problem: CaptureProblem,
    cause?: unknown,
  ) {
    super(`${source}: ${problem}`, { cause })
  }
}

/** Reads the error of getUserMedia or getDisplayMedia. Browsers agree on the names, not on the messages. */
export function problemOf(error: unknown, source: Source): CaptureProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      return source === 'screen' ? 'cancelled' : 'denied'
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'missing'
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy'
    case 'TypeError':
      return 'insecure'
    default:
      return 'failed'
  }
}

const DEVICE: Record<Source, string> = { mic: 'microphone', camera: 'camera', screen: 'screen' }

/** One or two sentences: what happened, and what to do. Empty when there is nothing to say. */
export function adviceFor({ source, problem }: CaptureError): string {
  const device = DEVICE[source]
  switch (problem) {
    case 'denied':
      return `The browser may not use your ${device}. Allow it in the site settings beside the address, then try again.`
    case 'missing':
      return `No ${device} was found. Connect one and try again. The class works without it, too.`
    case 'busy':
      return `Your ${device} is in use by another program, or blocked by the system. Close that program and try again.`
    case 'insecure':
      return `The ${device} works only on a secure (https) page. Ask for an https link. The class works without it, too.`
    case 'failed':
      return `Your ${device} could not be started. Try another device. The class works without it, too.`
    case 'cancelled':
      return ''
  }
}
