/** When a media connection counts as lost, and what is done about it. Decides only: time is handed in. */
import type { MediaSetup } from '../protocol/protocol.gen'

/** `disconnected` may heal by itself; after this many ms new addresses are tried (a restart of ICE). */
export const DISCONNECTED_GRACE_MS = 1_000
/** A connection that never came up is given up after this many ms. */
export const CONNECTING_GRACE_MS = 10_000
/** A restart of ICE that did not bring it back is given up after this many ms. */
export const RESTART_GRACE_MS = 5_000
/** A page that nobody sees gets little of its device: it is left alone for so many ms. */
export const HIDDEN_GRACE_MS = 18_000
/** The server keeps a connection that it hears nothing of for 30 s; with a margin, in ms. */
export const RESTARTABLE_FOR_MS = 25_000

/** What to do about a connection in this state, and after how many ms. */
export type Remedy = { act: 'none' } | { act: 'restart' | 'replace'; after: number }

/** `isRestarted`: new addresses were tried already since it was last well. `isHidden`: nobody sees the page. */
export function remedyFor(state: RTCPeerConnectionState, isRestarted: boolean, isHidden = false): Remedy {
  const patience = isHidden ? HIDDEN_GRACE_MS : RESTART_GRACE_MS
  switch (state) {
    case 'connected':
      return { act: 'none' }
    case 'disconnected':
      return isRestarted
        ? { act: 'replace', after: patience }
        : { act: 'restart', after: DISCONNECTED_GRACE_MS }
    case 'new':
    case 'connecting':
      return { act: 'replace', after: isRestarted || isHidden ? patience : CONNECTING_GRACE_MS }
    case 'failed':
      // A restart takes a moment to show.
      return isRestarted ? { act: 'replace', after: patience } : { act: 'restart', after: 0 }
    case 'closed':
      return { act: 'replace', after: 0 }
  }
}

/**
 * What becomes of the media when the socket came back. `isKept`: the server still has it; `troubleFor`: for how many
 * ms it has not been well, null when it is.
 */
export function afterReturn(
  state: RTCPeerConnectionState | null,
  isKept: boolean,
  troubleFor: number | null,
): 'keep' | 'restart' | 'replace' {
  if (!isKept || state === null || state === 'new' || state === 'closed') return 'replace'
  if (state === 'connected' || state === 'connecting') return 'keep'
  return (troubleFor ?? 0) < RESTARTABLE_FOR_MS ? 'restart' : 'replace'
}

/** One offer does for both. */
export const isAlike = (a: MediaSetup, b: MediaSetup | null): boolean =>
  a.audioSlots === b?.audioSlots && a.videoSlots === b.videoSlots
