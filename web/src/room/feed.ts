/**
 * The room as this client knows it, kept in step with the server: events in order, gaps filled by `resync`, a
 * snapshot after a long absence.
 */
import type { Joined, Resynced, Slot } from '../protocol/protocol.gen'
import { fromSnapshot, reduce, type RoomEvent, type RoomState } from './reducer'
import { Sequencer } from './sequencer'

export interface FeedPorts {
  /** `within`: ms to wait for the answer, if not as long as usual. */
  resync(lastSeq: number, within?: number): Promise<Resynced>
  /** An event was applied; `isNew` is false for what was missed and came later. */
  onEvent(before: RoomState, event: RoomEvent, isNew: boolean): void
  /** The server told how things are, and what was missed has been told. */
  onCaughtUp(answer: Pick<Joined | Resynced, 'snapshot' | 'own'>): void
  onChange(): void
}

export class Feed {
  private readonly order = new Sequencer()
  private room: RoomState | null = null
  private isResyncing = false

  constructor(private readonly ports: FeedPorts) {}

  /** Null until the room was entered. */
  get state(): RoomState | null {
    return this.room
  }

  /** What to say when coming back, so that only the difference is sent. */
  get position(): { lastSeq: number; sessionId: string } | null {
    const { lastSeq } = this.order
    return this.room && lastSeq !== null ? { lastSeq, sessionId: this.room.sessionId } : null
  }

  receive(event: RoomEvent): void {
    const { apply, gap } = this.order.receive(event)
    for (const next of apply) this.apply(next, true)
    if (gap) void this.resync()
    this.ports.onChange()
  }

  /** Takes a snapshot, or the events that were missed. */
  catchUp(answer: Pick<Joined | Resynced, 'seq' | 'snapshot' | 'missed' | 'own'>): void {
    if (answer.snapshot) {
      this.room = fromSnapshot(answer.snapshot, this.room?.slots ?? [])
    } else {
      for (const event of answer.missed) this.apply(event, false)
    }
    if (this.room) this.room = { ...this.room, waiting: answer.own?.tutor?.waiting ?? [] }
    this.ports.onCaughtUp(answer)
    const { apply, gap } = this.order.advanceTo(answer.snapshot?.seq ?? answer.seq)
    for (const event of apply) this.apply(event, true)
    this.ports.onChange()
    if (gap) void this.resync()
  }

  setSlots(slots: readonly Slot[]): void {
    if (this.room) this.room = { ...this.room, slots }
    this.ports.onChange()
  }

  private apply(event: RoomEvent, isNew: boolean): void {
    if (!this.room) return
    const before = this.room
    this.room = reduce(before, event)
    this.ports.onEvent(before, event, isNew)
  }

  /** Asks for what may have been missed; rejects when no answer came within so many ms. */
  async refresh(within: number): Promise<void> {
    const { lastSeq } = this.order
    if (lastSeq !== null) this.complete(await this.ports.resync(lastSeq, within))
  }

  /** Takes what was missed, but nothing that came by itself meanwhile, or is older than that. */
  private complete(answer: Resynced): void {
    const known = this.order.lastSeq ?? 0
    const isNew = ({ data }: RoomEvent) => !('seq' in data) || data.seq > known
    if (answer.seq >= known) this.catchUp({ ...answer, missed: answer.missed.filter(isNew) })
  }

  /** A failure is not repeated here: the next event shows the gap again, and so does the next join. */
  private async resync(): Promise<void> {
    const { lastSeq } = this.order
    if (this.isResyncing || lastSeq === null) return
    this.isResyncing = true
    const answer = await this.ports.resync(lastSeq).catch(() => null)
    this.isResyncing = false
    if (answer) this.complete(answer)
  }
}
