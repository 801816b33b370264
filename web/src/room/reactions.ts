/** Feelings shown to everyone for a moment: how many of each came just now. */
import { RequestError, type RoomSocket } from '../protocol/room-socket'
import type { ReactionCount, ReactionKind } from '../protocol/protocol.gen'
import { plural } from '../i18n/plural'
import type { Notifier } from './notifier'
import type { RoomEvent } from './reducer'

export interface ReactionBurst {
  id: number
  counts: readonly ReactionCount[]
}

export interface ReactionsPorts {
  socket: Pick<RoomSocket, 'request'>
  notifier: Pick<Notifier, 'say'>
  onChange(): void
}

/** Bursts that are kept for the page to show. */
const MOST = 8

const EMOJI: Record<ReactionKind, string> = {
  'thumbs-up': '👍',
  'thumbs-down': '👎',
  clap: '👏',
  heart: '❤️',
  laugh: '😂',
  wow: '😮',
  party: '🎉',
  wave: '👋',
}

export const REACTIONS = Object.keys(EMOJI) as readonly ReactionKind[]

/** Empty for a kind that only newer servers know. */
export const emojiOf = (kind: string): string =>
  Object.hasOwn(EMOJI, kind) ? EMOJI[kind as ReactionKind] : ''

/** "5 claps", for who does not see it. */
export function told({ kind, count }: ReactionCount): string {
  const texts: Record<ReactionKind, () => string> = {
    'thumbs-up': () => plural(count, ['# thumb up', '# thumbs up']),
    'thumbs-down': () => plural(count, ['# thumb down', '# thumbs down']),
    clap: () => plural(count, ['# clap', '# claps']),
    heart: () => plural(count, ['# heart', '# hearts']),
    laugh: () => plural(count, ['# laugh', '# laughs']),
    wow: () => plural(count, ['# wow', '# wows']),
    party: () => plural(count, ['# party popper', '# party poppers']),
    wave: () => plural(count, ['# wave', '# waves']),
  }
  return emojiOf(kind) ? texts[kind]() : ''
}

/** The sum of several bursts, the most frequent first. */
export function summed(bursts: readonly ReactionBurst[]): readonly ReactionCount[] {
  const sums = new Map<ReactionKind, number>()
  for (const { kind, count } of bursts.flatMap((burst) => burst.counts))
    if (emojiOf(kind)) sums.set(kind, (sums.get(kind) ?? 0) + count)
  return [...sums].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count)
}

export class Reactions {
  private bursts: readonly ReactionBurst[] = []
  private lastId = 0

  constructor(private readonly ports: ReactionsPorts) {}

  get view(): readonly ReactionBurst[] {
    return this.bursts
  }

  /** A feeling that did not arrive is not sent later: its moment is over. */
  async show(kind: ReactionKind): Promise<void> {
    const { socket, notifier } = this.ports
    try {
      await socket.request('react', { kind })
    } catch (error) {
      const isMany = error instanceof RequestError && error.code === 'rate_limited'
      if (isMany) notifier.say('info', 'Those were many reactions: wait a moment before the next one.')
      else notifier.say('problem', error instanceof Error ? error.message : 'That did not work.')
    }
  }

  /** True for what was a reaction. */
  hear({ event, data }: RoomEvent): boolean {
    if (event !== 'reactions') return false
    this.bursts = [...this.bursts, { id: ++this.lastId, counts: data.counts }].slice(-MOST)
    this.ports.onChange()
    return true
  }
}
