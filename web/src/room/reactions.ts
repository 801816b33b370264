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

/** One feeling that is shown now. */
export interface Shown extends ReactionCount {
  id: number
  /** From the side where lines begin, in percent of the width. */
  place: number
}

/** How long a feeling is shown, ms. */
const SHOWN_MS = 3_000
/** More at a time are neither seen nor cheap. */
const MOST_SHOWN = 20
/** So that what comes together does not lie on each other. */
const PLACES = [12, 48, 78, 28, 64, 4, 88, 38, 56, 20, 70]

/** What rises over the stage just now. */
export class Floating {
  private lastId = 0
  private all: readonly Shown[] = []
  private readonly timers = new Set<ReturnType<typeof setTimeout>>()

  constructor(private readonly onChange: (shown: readonly Shown[]) => void) {}

  get shown(): readonly Shown[] {
    return this.all
  }

  add(burst: ReactionBurst): void {
    const fresh = summed([burst]).map(({ kind, count }) => {
      const id = ++this.lastId
      return { id, kind, count, place: PLACES[id % PLACES.length] ?? 0 }
    })
    if (fresh.length === 0) return
    this.change([...this.all, ...fresh].slice(-MOST_SHOWN))
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      this.change(this.all.filter((one) => !fresh.includes(one)))
    }, SHOWN_MS)
    this.timers.add(timer)
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer)
  }

  private change(all: readonly Shown[]): void {
    this.all = all
    this.onChange(all)
  }
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
