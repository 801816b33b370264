import { expect, it, vi } from 'vitest'
import { RequestError } from '../protocol/room-socket'
import type { ReactionKind } from '../protocol/protocol.gen'
import { FakeSocket } from '../testing/socket'
import { emojiOf, Floating, Reactions, summed, told } from './reactions'

function setUp() {
  const socket = new FakeSocket()
  socket.come()
  const said: string[][] = []
  const notifier = { say: (kind: string, text: string) => said.push([kind, text]) }
  return { socket, said, reactions: new Reactions({ socket, notifier, onChange: () => undefined }) }
}
const burst = (...counts: [string, number][]) => ({
  event: 'reactions' as const,
  data: { counts: counts.map(([kind, count]) => ({ kind: kind as ReactionKind, count })) },
})

it('sums what came, and leaves out what it does not know', () => {
  const { reactions } = setUp()
  reactions.hear(burst(['wave', 1], ['clap', 2]))
  reactions.hear(burst(['clap', 10], ['from-the-future', 99]))
  expect(summed(reactions.view)).toEqual([
    { kind: 'clap', count: 12 },
    { kind: 'wave', count: 1 },
  ])
  expect(emojiOf('toString')).toBe('')
  expect(told({ kind: 'clap', count: 1 })).toBe('1 clap')
  expect(told({ kind: 'heart', count: 5 })).toBe('5 hearts')
})

it('keeps only the latest bursts, each with a number of its own', () => {
  const { reactions } = setUp()
  for (let n = 0; n < 50; n++) reactions.hear(burst(['clap', 1]))
  expect(reactions.view.map(({ id }) => id)).toEqual([43, 44, 45, 46, 47, 48, 49, 50])
})

it('says gently that there were many, and plainly what else went wrong', async () => {
  const { socket, said, reactions } = setUp()
  await reactions.show('clap')
  expect(socket.data('react')).toEqual([{ kind: 'clap' }])
  expect(said).toEqual([])
  socket.answers.react = () => {
    throw new RequestError('rate_limited', 'too many events')
  }
  await reactions.show('clap')
  socket.go()
  await reactions.show('clap')
  expect(said.map(([kind]) => kind)).toEqual(['info', 'problem'])
})

it('shows each burst for a moment, and never more than can be seen', () => {
  vi.useFakeTimers()
  const floating = new Floating(() => undefined)
  floating.add({ id: 1, counts: burst(['clap', 300], ['wave', 2], ['from-the-future', 1]).data.counts })
  expect(floating.shown.map(({ kind, count }) => [kind, count])).toEqual([
    ['clap', 300],
    ['wave', 2],
  ])
  for (let n = 0; n < 100; n++) floating.add({ id: n, counts: burst(['heart', 1]).data.counts })
  expect(floating.shown).toHaveLength(20)
  vi.advanceTimersByTime(3_000)
  expect(floating.shown).toEqual([])
  vi.useRealTimers()
})
