/** What is chosen and found out before joining, for the page. */
import { keepStep, propose, type LineHints, type Proposal } from '../join/data-use'
import { lookAtLine, testLine, verdictOf, type Line, type LinePorts } from '../join/network-test'
import type { Identity } from '../auth/token'
import { serverClock, type ServerClock } from '../protocol/clock'
import type { JoinInfo, Reception } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'
import type { DeviceState } from './devices.svelte'
import { deviceStorage, tabStorage } from './storage'

const PATH = '/api/v1/network-test'

/** `look`: a first impression. `whole`: somebody asked for it. */
export type LineState = 'unknown' | 'testing' | 'look' | 'whole' | 'failed'

/** What the room is given for those who wait in front of it. */
export interface BeforeClass {
  info: JoinInfo | null
  identity: Identity
  devices: DeviceState
  clock: ServerClock
}

export const lineHints = (): LineHints =>
  (navigator as { connection?: LineHints }).connection ?? ({} as LineHints)

export class JoinModel {
  readonly clock = serverClock
  proposal = $state.raw<Proposal>(propose(deviceStorage, lineHints()))
  /** What is chosen here is forgotten with the page. */
  readonly isForgetful = !deviceStorage.isLasting || !tabStorage.isLasting
  /** The step that was chosen on this page. */
  chosen = $state.raw<Reception | null>(null)
  line = $state.raw<Line | null>(null)
  lineState = $state<LineState>('unknown')
  /** How far a whole test is, 0 to 1. */
  progress = $state(0)
  readonly step = $derived.by(() => this.chosen ?? this.proposal.step)
  readonly verdict = $derived.by(() => (this.line ? verdictOf(this.line) : null))
  private readonly ports: LinePorts

  /** `kept`: what the room of this class began with before, in this tab. */
  constructor(rest: RestClient, kept: string | null) {
    this.begin(kept)
    this.ports = {
      download: (bytes) => rest.file(`${PATH}?bytes=${String(bytes)}`),
      upload: (bytes) =>
        rest.call('POST', PATH, {
          type: 'application/octet-stream',
          content: new Blob([crypto.getRandomValues(new Uint8Array(bytes))]),
        }),
      now: () => performance.now(),
    }
  }

  /** The page is shown, again. */
  begin(kept: string | null): void {
    this.chosen = null
    this.proposal = propose(deviceStorage, lineHints(), kept)
  }

  choose(step: Reception): void {
    this.chosen = step
    keepStep(deviceStorage, step)
  }

  /** A first impression of the line; nobody waits for it, and it spoils nothing when it fails. */
  async look(): Promise<void> {
    if (this.lineState !== 'unknown' || lineHints().saveData) return
    try {
      const line = await lookAtLine(this.ports)
      // A whole test, begun meanwhile, knows more.
      if (this.lineState === 'unknown') this.found(line, 'look')
    } catch {
      // The page says so where it matters: the class cannot be reached either.
    }
  }

  async test(): Promise<void> {
    if (this.lineState === 'testing') return
    this.lineState = 'testing'
    this.progress = 0
    try {
      this.found(await testLine(this.ports, (share) => (this.progress = share)), 'whole')
    } catch {
      this.line = null
      this.lineState = 'failed'
    }
  }

  private found(line: Line, state: LineState): void {
    this.line = line
    this.lineState = state
  }
}
