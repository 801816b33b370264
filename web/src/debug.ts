/** A window into the page for whoever looks for a fault, and for the tests in real browsers: `window.__podium`. */

export interface Inspection {
  /** The present peer connection. */
  pc: RTCPeerConnection | null
  /** How many offers this page has made. One for each media connection: more mean reconnects. */
  offers: number
  session: unknown
}

export const inspection: Inspection = { pc: null, offers: 0, session: null }

declare global {
  interface Window {
    __podium?: Inspection
  }
}

if (typeof window !== 'undefined') window.__podium = inspection
