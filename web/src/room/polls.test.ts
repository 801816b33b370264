import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RequestError } from '../protocol/room-socket'
import type { OwnState, Poll, PollReport } from '../protocol/protocol.gen'
import { snapshot } from '../testing/room'
import { FakeVisit, joined } from '../testing/session'
import { FakeSocket } from '../testing/socket'
import { Polls, unanswered } from './polls'

const poll = (id: string, over: Partial<Poll> = {}): Poll => ({
  id,
  question: `${id}?`,
  kind: 'single',
  options: ['yes', 'no'],
  isAnonymous: false,
  isQuiz: false,
  showResults: 'live',
  mayChange: false,
  openedAt: '2026-01-01T10:00:00Z',
  closedAt: null,
  correct: null,
  explanation: null,
  ...over,
})
const results = (pollId: string, ...counts: number[]) => ({
  pollId,
  voters: counts.reduce((sum, count) => sum + count, 0),
  counts,
  right: null,
})
const report = (of: Poll, ...counts: number[]): PollReport => ({
  sessionId: 'session-1',
  createdBy: 'user-tutor',
  createdAt: '2026-01-01T09:59:00Z',
  poll: of,
  results: results(of.id, ...(counts.length > 0 ? counts : [0, 0])),
  answers: null,
})
const nothing: OwnState = { results: [], votes: [], tutor: null }
const closedAt = '2026-01-01T10:05:00Z'
const settle = () => vi.advanceTimersByTimeAsync(1)

let socket: FakeSocket
let isJoined: boolean
let polls: Polls

beforeEach(() => {
  vi.useFakeTimers()
  socket = new FakeSocket()
  socket.come()
  isJoined = true
  polls = new Polls({ socket, isJoined: () => isJoined, onChange: () => undefined })
})
afterEach(() => {
  polls.close()
  vi.useRealTimers()
})

const fail = (code: 'poll_closed' | 'already_voted' | 'timeout' | 'bad_request') => () => {
  throw new RequestError(code, `because ${code}`)
}

describe('what is known of polls', () => {
  it('is that of the snapshot, of what is one’s own, and of what happens', () => {
    polls.catchUp({
      snapshot: snapshot({ polls: [poll('a'), poll('b')] }),
      own: { ...nothing, votes: [{ pollId: 'a', choices: [1] }] },
    })
    expect(unanswered(polls.view).map(({ id }) => id)).toEqual(['b'])
    polls.hear({ event: 'poll-results', data: results('b', 2, 1) })
    polls.follow({ event: 'poll-closed', data: { seq: 11, poll: poll('b', { closedAt }), results: null } })
    expect(polls.view.results.get('b')?.counts).toEqual([2, 1])
    expect(unanswered(polls.view)).toEqual([])
  })

  it('stays the same object until something changes', () => {
    expect(polls.view).toBe(polls.view)
    const before = polls.view
    polls.follow({ event: 'poll-opened', data: { seq: 11, poll: poll('a') } })
    expect(polls.view).not.toBe(before)
  })

  it('never opens again what was closed', () => {
    polls.follow({ event: 'poll-closed', data: { seq: 12, poll: poll('a', { closedAt }), results: null } })
    polls.follow({ event: 'poll-opened', data: { seq: 11, poll: poll('a') } })
    expect(polls.view.polls[0]?.closedAt).toBe(closedAt)
  })

  it('keeps for tutors what only they are told, and forgets their drafts with their role', () => {
    polls.hear({ event: 'poll-changed', data: { report: report(poll('d', { openedAt: null })) } })
    polls.hear({ event: 'poll-changed', data: { report: report(poll('q', { correct: [1] })) } })
    polls.follow({ event: 'poll-opened', data: { seq: 11, poll: poll('q') } })
    expect(polls.view.polls.map(({ correct }) => correct)).toEqual([[1]])
    expect(polls.view.drafts.map(({ id }) => id)).toEqual(['d'])
    polls.catchUp({ snapshot: null, own: nothing })
    expect(polls.view.drafts).toEqual([])
  })

  it('begins anew with another session', () => {
    polls.catchUp({ snapshot: snapshot({ polls: [poll('a')] }), own: nothing })
    polls.catchUp({ snapshot: snapshot({ sessionId: 'session-2' }), own: nothing })
    expect(polls.view.polls).toEqual([])
  })

  it('is brought up to date after an absence and after a gap', async () => {
    const visit = new FakeVisit()
    visit.socket.come()
    await settle()
    visit.socket.go()
    visit.socket.answers['join-session'] = () =>
      joined({
        resumed: true,
        seq: 12,
        snapshot: null,
        missed: [
          { event: 'poll-opened', data: { seq: 11, poll: poll('a') } },
          { event: 'poll-opened', data: { seq: 12, poll: poll('b') } },
        ],
        own: { ...nothing, results: [results('a', 3, 0)] },
      })
    visit.socket.come()
    await settle()
    expect(visit.session.view.polls.polls.map(({ id }) => id)).toEqual(['a', 'b'])
    visit.socket.answers.resync = () => ({
      seq: 14,
      snapshot: null,
      missed: [{ event: 'poll-closed', data: { seq: 13, poll: poll('a', { closedAt }), results: null } }],
      own: { ...nothing, votes: [{ pollId: 'b', choices: [0] }] },
    })
    visit.socket.push('user-left', { seq: 14, participantId: 'ana', reason: 'left' })
    await settle()
    expect(visit.session.view.polls.polls.map((one) => one.closedAt)).toEqual([closedAt, null])
    expect(visit.session.view.polls.votes.get('b')).toEqual([0])
    await visit.session.leave()
  })
})

describe('a vote', () => {
  beforeEach(() => {
    polls.follow({ event: 'poll-opened', data: { seq: 11, poll: poll('a') } })
    polls.follow({ event: 'poll-opened', data: { seq: 12, poll: poll('anon', { isAnonymous: true }) } })
  })

  it('waits for the connection, and is sent once one is back', async () => {
    isJoined = false
    void polls.vote('a', [1])
    await settle()
    expect(socket.data('vote-poll')).toEqual([])
    expect(polls.view.onTheirWay.get('a')).toEqual({ choices: [1], refusal: null })
    isJoined = true
    polls.flush()
    await settle()
    expect(socket.data('vote-poll')).toEqual([{ pollId: 'a', choices: [1] }])
    expect(polls.view.votes.get('a')).toEqual([1])
    expect(polls.view.onTheirWay.size).toBe(0)
  })

  it('is sent again when no answer came', async () => {
    socket.answers['vote-poll'] = fail('timeout')
    void polls.vote('a', [0])
    await settle()
    delete socket.answers['vote-poll']
    await vi.advanceTimersByTimeAsync(15_000)
    expect(socket.data('vote-poll')).toHaveLength(2)
    expect(polls.view.onTheirWay.size).toBe(0)
  })

  it('stays to be seen with the reason when it is refused', async () => {
    socket.answers['vote-poll'] = fail('poll_closed')
    await polls.vote('a', [0])
    expect(polls.view.onTheirWay.get('a')?.refusal).toBe('The poll was closed before your vote arrived.')
    polls.discard('a')
    expect(polls.view.onTheirWay.size).toBe(0)
  })

  it('was there when only the answer was lost, also where nobody keeps whose it was', async () => {
    socket.answers['vote-poll'] = fail('timeout')
    void polls.vote('anon', [0])
    await settle()
    socket.answers['vote-poll'] = fail('already_voted')
    polls.catchUp({ snapshot: null, own: { ...nothing, votes: [{ pollId: 'anon', choices: null }] } })
    await vi.advanceTimersByTimeAsync(15_000)
    expect(polls.view.onTheirWay.size).toBe(0)
    expect(polls.view.votes.get('anon')).toBeNull()
  })

  it('of another device is told, not overwritten', async () => {
    polls.hear({ event: 'poll-voted', data: { pollId: 'a', choices: [1] } })
    socket.answers['vote-poll'] = fail('already_voted')
    await polls.vote('a', [0])
    expect(polls.view.onTheirWay.get('a')?.refusal).toBe('You have voted already, on another device.')
    expect(polls.view.votes.get('a')).toEqual([1])
  })
})

describe('a poll that is made', () => {
  const command = { id: 'p1', question: 'Ready?', options: ['yes', 'no'], launch: false }

  it('is sent with the same id until an answer comes, and is there', async () => {
    socket.answers['create-poll'] = fail('timeout')
    const made = polls.create(command)
    await settle()
    socket.answers['create-poll'] = () => ({ report: report(poll('p1', { openedAt: null })) })
    await vi.advanceTimersByTimeAsync(15_000)
    await made
    expect(socket.data('create-poll')).toEqual([command, command])
    expect(polls.view.drafts.map(({ id }) => id)).toEqual(['p1'])
  })

  it('tells when the server does not want it so', async () => {
    socket.answers['create-poll'] = fail('bad_request')
    await expect(polls.create(command)).rejects.toThrow('because bad_request')
  })
})
