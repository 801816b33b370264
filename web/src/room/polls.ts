/** The polls of a session: those that are open or were, what one voted, and the results one may see. */
import type { Joined, Poll, PollResults } from '../protocol/protocol.gen'
import type { RoomEvent } from './reducer'

export interface PollsView {
  /** Newest last. */
  readonly polls: readonly Poll[]
  /** By the id of the poll. */
  readonly results: ReadonlyMap<string, PollResults>
  /** One's own votes by the id of the poll; null where nobody keeps them. */
  readonly votes: ReadonlyMap<string, readonly number[] | null>
}

export class Polls {
  private polls: readonly Poll[] = []
  private readonly results = new Map<string, PollResults>()
  private readonly votes = new Map<string, readonly number[] | null>()

  constructor(private readonly onChange: () => void) {}

  get view(): PollsView {
    return { polls: this.polls, results: this.results, votes: this.votes }
  }

  /** The seat is taken: what was before, and what is one's own. */
  joined({ snapshot, own }: Joined): void {
    if (snapshot) this.polls = snapshot.polls
    for (const result of own?.results ?? []) this.results.set(result.pollId, result)
    for (const { pollId, choices } of own?.votes ?? []) this.votes.set(pollId, choices)
    this.onChange()
  }

  /** Takes note of what is about polls; numbered events go on to the room. */
  hear({ event, data }: RoomEvent): void {
    if (event === 'poll-opened' || event === 'poll-closed') {
      this.polls = [...this.polls.filter(({ id }) => id !== data.poll.id), data.poll]
      if ('results' in data && data.results) this.results.set(data.poll.id, data.results)
    } else if (event === 'poll-results') this.results.set(data.pollId, data)
    else if (event === 'poll-voted') this.votes.set(data.pollId, data.choices)
    else return
    this.onChange()
  }
}
