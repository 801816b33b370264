/** What can go wrong when a device is switched on, and what to tell its owner. */
import type { Source } from '../protocol/protocol.gen'

/** `denied`: the browser, for this page. `dismissed`: its question was closed. `system`: the computer or the phone. */
export type CaptureProblem =
  'denied' | 'dismissed' | 'system' | 'missing' | 'busy' | 'insecure' | 'cancelled' | 'failed'

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

/** Reads the error of getUserMedia or getDisplayMedia. Browsers agree on the names; few messages tell more. */
export function problemOf(error: unknown, source: Source): CaptureProblem {
  const { name, message } =
    error instanceof Error || error instanceof DOMException ? error : { name: '', message: '' }
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      if (source === 'screen') return 'cancelled'
      if (/dismissed/i.test(message)) return 'dismissed'
      return /system|platform/i.test(message) ? 'system' : 'denied'
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

/** One or two sentences: what happened, and what to do. Empty when there is nothing to say. */
export function adviceFor({ source, problem }: CaptureError): string {
  const isMic = source === 'mic'
  switch (problem) {
    case 'denied':
      return isMic
        ? 'The browser may not use your microphone. Allow it in the site settings beside the address, then try again.'
        : 'The browser may not use your camera. Allow it in the site settings beside the address, then try again.'
    case 'dismissed':
      return isMic
        ? 'The browser asked whether it may use your microphone, and got no answer. Try again and choose “Allow”.'
        : 'The browser asked whether it may use your camera, and got no answer. Try again and choose “Allow”.'
    case 'system':
      return isMic
        ? 'This device keeps the microphone from the browser. Allow it in the settings of the device, then try again.'
        : 'This device keeps the camera from the browser. Allow it in the settings of the device, then try again.'
    case 'missing':
      return isMic
        ? 'No microphone was found. Connect one and try again. The class works without it, too.'
        : 'No camera was found. Connect one and try again. The class works without it, too.'
    case 'busy':
      return isMic
        ? 'Your microphone is in use by another program, or blocked by the system. Close that program and try again.'
        : 'Your camera is in use by another program, or blocked by the system. Close that program and try again.'
    case 'insecure':
      return isMic
        ? 'The microphone works only on a secure (https) page. Ask for an https link. The class works without it, too.'
        : 'The camera works only on a secure (https) page. Ask for an https link. The class works without it, too.'
    case 'failed':
      if (source === 'screen') return 'Your screen could not be shared. Try again, or another window.'
      return isMic
        ? 'Your microphone could not be started. Try another device. The class works without it, too.'
        : 'Your camera could not be started. Try another device. The class works without it, too.'
    case 'cancelled':
      return ''
  }
}
