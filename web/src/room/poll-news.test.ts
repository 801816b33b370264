import { expect, it } from 'vitest'
import type { Poll } from '../protocol/protocol.gen'
import { PollNews, quoted } from './poll-news'
import type { PollsView } from './polls'

const poll = (id: string, closedAt: string | null = null) =>
  ({ id, question: id, openedAt: '2026-01-01T10:00:00Z', closedAt }) as Poll
const view = (polls: Poll[], voted: string[] = []): PollsView => ({
  polls,
  drafts: [],
  results: new Map(),
  votes: new Map(voted.map((id) => [id, [0]])),
  onTheirWay: new Map(),
})
const ids = (polls: readonly Poll[]) => polls.map(({ id }) => id)

it('tells once of what opens, and of what closes that was open', () => {
  const news = new PollNews()
  const first = news.found(view([poll('a'), poll('b'), poll('old', 'then')], ['b']), false)
  expect([ids(first.opened), ids(first.closed)]).toEqual([['a'], []])
  const second = news.found(view([poll('a', 'now'), poll('b'), poll('old', 'then')]), false)
  expect([ids(second.opened), ids(second.closed)]).toEqual([[], ['a']])
  expect(ids(news.found(view([poll('a', 'now'), poll('b', 'now'), poll('c')]), true).opened)).toEqual(['c'])
})

it('quotes a question in short, isolated from what stands around it', () => {
  expect(quoted(poll('Ready?'))).toBe('\u2068Ready?\u2069')
  expect(quoted(poll('🙂'.repeat(200)))).toBe(`\u2068${'🙂'.repeat(90)}…\u2069`)
})
