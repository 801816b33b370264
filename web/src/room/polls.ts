/**
 * The polls of a session: those that are open or were, what one voted, and the results one may see. A vote goes out
 * until the server has it or says no.
 */
import { RequestError } from '../protocol/room-socket'
import type {
  CreatePoll,
  Joined,
  Poll,
  PollReport,
  PollResults,
  PollVote,
  Resynced,
} from '../protocol/protocol.gen'
import { Courier, type CourierPorts } from './courier'
import type { RoomEvent } from './reducer'

/** A vote on its way. */
export interface VoteOnItsWay {
  readonly choices: readonly number[]
  /** What the server said against it; null while it may still arrive. */
  readonly refusal: string | null
}

export interface PollsView {
  /** Those that were opened, newest last. */
  readonly polls: readonly Poll[]
  /** Tutors alone: made, and not opened yet; newest last. */
  readonly drafts: readonly Poll[]
  /** By the id of the poll. */
  readonly results: ReadonlyMap<string, PollResults>
  /** One's own votes by the id of the poll; null where nobody keeps them. */
  readonly votes: ReadonlyMap<string, readonly number[] | null>
  /** By the id of the poll. */
  readonly onTheirWay: ReadonlyMap<string, VoteOnItsWay>
}

export interface PollsPorts extends CourierPorts {
  onChange(): void
}

const byOpening = (a: Poll, b: Poll) =>
  Date.parse(a.openedAt ?? '') - Date.parse(b.openedAt ?? '') || (a.id < b.id ? -1 : 1)

export const isOpen = (poll: Poll): boolean => poll.openedAt !== null && poll.closedAt === null

/** Open polls that have no vote of one's own yet, not even one that is on its way. */
export function unanswered({ polls, votes, onTheirWay }: PollsView): readonly Poll[] {
  return polls.filter((poll) => isOpen(poll) && !votes.has(poll.id) && !onTheirWay.has(poll.id))
}

const isSame = (a: readonly number[] | null | undefined, b: readonly number[]) =>
  a?.length === b.length && a.every((choice) => b.includes(choice))

function refusalOf(error: unknown): string {
  if (error instanceof RequestError && error.code === 'poll_closed')
    return 'The poll was closed before your vote arrived.'
  if (error instanceof RequestError && error.code === 'already_voted')
    return 'You have voted already, on another device.'
  return error instanceof Error ? error.message : 'Your vote could not be sent.'
}

export class Polls {
  private sessionId: string | null = null
  private known = new Map<string, Poll>()
  private results = new Map<string, PollResults>()
  private votes = new Map<string, readonly number[] | null>()
  private onTheirWay = new Map<string, VoteOnItsWay>()
  private cached: PollsView | null = null
  private readonly courier: Courier

  constructor(private readonly ports: PollsPorts) {
    this.courier = new Courier(ports)
  }

  /** The same object until something changes. */
  get view(): PollsView {
    this.cached ??= this.make()
    return this.cached
  }

  /** The server told how things are: at the beginning, after an absence, or after a gap. */
  catchUp({ snapshot, own }: Pick<Joined | Resynced, 'snapshot' | 'own'>): void {
    if (snapshot && snapshot.sessionId !== this.sessionId) {
      this.sessionId = snapshot.sessionId
      for (const map of [this.known, this.results, this.votes]) map.clear()
    }
    for (const poll of snapshot?.polls ?? []) this.put(poll)
    if (own && !own.tutor) this.forgetDrafts()
    for (const report of own?.tutor?.polls ?? []) this.report(report)
    for (const result of own?.results ?? []) this.results.set(result.pollId, result)
    for (const vote of own?.votes ?? []) this.voted(vote)
    this.changed()
  }

  /** Numbered, and in order: what was missed, too. */
  follow({ event, data }: RoomEvent): void {
    if (event !== 'poll-opened' && event !== 'poll-closed') return
    this.put(data.poll)
    if (event === 'poll-closed' && data.results) this.results.set(data.poll.id, data.results)
    this.changed()
  }

  /** True for what is about polls and not numbered. */
  hear({ event, data }: RoomEvent): boolean {
    if (event === 'poll-results') this.results.set(data.pollId, data)
    else if (event === 'poll-voted') this.voted(data)
    else if (event === 'poll-changed') this.report(data.report)
    else return false
    this.changed()
    return true
  }

  /** Kept until the server has it, also without a connection. */
  async vote(pollId: string, choices: readonly number[]): Promise<void> {
    const vote = { choices, refusal: null }
    this.onTheirWay.set(pollId, vote)
    this.changed()
    const isLatest = () => this.onTheirWay.get(pollId) === vote
    try {
      await this.courier.take('vote-poll', { pollId, choices: [...choices] })
      const isKept = this.known.get(pollId)?.isAnonymous !== true
      this.votes.set(pollId, isKept ? choices : null)
      if (isLatest()) this.onTheirWay.delete(pollId)
    } catch (error) {
      // It may have been there, and only the answer lost.
      if (isLatest()) this.onTheirWay.set(pollId, { choices, refusal: refusalOf(error) })
    }
    this.changed()
  }

  /** A refused vote was read. */
  discard(pollId: string): void {
    this.onTheirWay.delete(pollId)
    this.changed()
  }

  /** Resolves when it is made; rejects when the server does not want it so. */
  async create(poll: CreatePoll): Promise<void> {
    const { report } = await this.courier.take('create-poll', poll)
    this.report(report)
    this.changed()
  }

  /** Sends what waits; call it after coming back. */
  flush(): void {
    this.courier.go()
  }

  close(): void {
    this.courier.close()
  }

  /** What only tutors are told stays, and what is closed stays closed, whatever comes late. */
  private put(poll: Poll): void {
    const before = this.known.get(poll.id)
    this.known.set(poll.id, {
      ...poll,
      openedAt: poll.openedAt ?? before?.openedAt ?? null,
      closedAt: poll.closedAt ?? before?.closedAt ?? null,
      correct: poll.correct ?? before?.correct ?? null,
      explanation: poll.explanation ?? before?.explanation ?? null,
    })
  }

  private report({ poll, results }: PollReport): void {
    this.put(poll)
    if (poll.openedAt !== null) this.results.set(poll.id, results)
  }

  private voted({ pollId, choices }: PollVote): void {
    this.votes.set(pollId, choices)
    const sent = this.onTheirWay.get(pollId)
    // Nobody can tell whose an anonymous vote is: with one that counts, one's own is there.
    if (sent && (choices === null || isSame(choices, sent.choices))) this.onTheirWay.delete(pollId)
  }

  private forgetDrafts(): void {
    for (const [id, poll] of this.known) if (poll.openedAt === null) this.known.delete(id)
  }

  private make(): PollsView {
    const all = [...this.known.values()]
    return {
      polls: all.filter((poll) => poll.openedAt !== null).sort(byOpening),
      drafts: all.filter((poll) => poll.openedAt === null),
      results: new Map(this.results),
      votes: new Map(this.votes),
      onTheirWay: new Map(this.onTheirWay),
    }
  }

  private changed(): void {
    this.cached = null
    this.ports.onChange()
  }
}
