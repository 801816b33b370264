/** What goes on in a class beside talk and chat: polls, reactions and captions. */
import type { Joined, Resynced } from '../protocol/protocol.gen'
import { Captions } from './captions'
import type { CourierPorts } from './courier'
import { Polls } from './polls'
import { Reactions, type ReactionsPorts } from './reactions'
import type { RoomEvent } from './reducer'
import type { SessionView } from './view'

export class Asides {
  readonly polls: Polls
  readonly reactions: Reactions
  readonly captions: Captions

  constructor(ports: CourierPorts & ReactionsPorts) {
    this.polls = new Polls(ports)
    this.reactions = new Reactions(ports)
    this.captions = new Captions(ports)
  }

  get view(): Pick<SessionView, 'polls' | 'reactions' | 'captions'> {
    return { polls: this.polls.view, reactions: this.reactions.view, captions: this.captions.view }
  }

  /** The server told how things are. */
  catchUp(answer: Pick<Joined | Resynced, 'snapshot' | 'own'>): void {
    this.polls.catchUp(answer)
  }

  /** Numbered, and in order. */
  follow(event: RoomEvent): void {
    this.polls.follow(event)
  }

  /** True for what has no number and is about these. */
  hear(event: RoomEvent): boolean {
    return [this.polls, this.reactions, this.captions].some((part) => part.hear(event))
  }

  /** The seat is taken: what waits can go. */
  flush(): void {
    this.polls.flush()
  }

  close(): void {
    this.polls.close()
    this.captions.close()
  }
}
