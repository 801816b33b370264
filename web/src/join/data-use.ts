/** How much to receive, chosen before joining: what is kept on this device, else what the network suggests. */
import type { Reception, ReceptionUse } from '../protocol/protocol.gen'

const STEPS: readonly Reception[] = ['full', 'saver', 'slides', 'audio', 'text']
const KEY = 'podium.data-use'

/** What browsers that know it tell of the network. */
export interface LineHints {
  readonly type?: string | undefined
  readonly effectiveType?: string | undefined
  /** Mbit/s */
  readonly downlink?: number | undefined
  readonly saveData?: boolean | undefined
}

/** Why this step: `kept`, somebody chose it on this device; `usual`, nothing speaks against everything. */
export type Why = 'kept' | 'save-data' | 'mobile' | 'slow' | 'usual'

export interface Proposal {
  step: Reception
  why: Why
}

/** `ofClass`: what one receives in this class already, as the seat keeps it. */
export function propose(storage: Storage, line: LineHints = {}, ofClass: string | null = null): Proposal {
  const wanted = ofClass?.split(' ')[0] ?? storage.getItem(KEY)
  const kept = STEPS.find((step) => step === wanted)
  if (kept) return { step: kept, why: 'kept' }
  if (line.effectiveType === 'slow-2g' || (line.downlink !== undefined && line.downlink < 0.1))
    return { step: 'audio', why: 'slow' }
  if (line.saveData) return { step: 'saver', why: 'save-data' }
  if (line.type === 'cellular') return { step: 'saver', why: 'mobile' }
  if (line.effectiveType === '2g') return { step: 'saver', why: 'slow' }
  return { step: 'full', why: 'usual' }
}

/** The choice for the next time, on this device. */
export function keepStep(storage: Storage, step: Reception): void {
  storage.setItem(KEY, step)
}

/** Of a step, by the server's table; null when it does not say. */
export const costOf = (use: readonly ReceptionUse[], step: Reception): number | null =>
  use.find(({ reception }) => reception === step)?.megabytesPerHour ?? null

/** What the room is to begin with: a choice made here, or a proposal where it has none yet. Null: leave it as it is. */
export function stepForRoom(
  kept: string | null,
  proposal: Proposal,
  chosen: Reception | null,
): Reception | null {
  if (chosen !== null) return kept?.split(' ')[0] === chosen ? null : chosen
  return kept === null && proposal.step !== 'full' ? proposal.step : null
}
