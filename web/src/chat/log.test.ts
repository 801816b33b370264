import { describe, expect, it } from 'vitest'
import type { ChatMessage, ChatSync, MessageList } from '../protocol/protocol.gen'
import type { RestClient } from '../protocol/rest'
import { message } from '../testing/room'
import { ChatLog, MAX_MESSAGES } from './log'
import { Pages } from './pages'

const said = (seq: number, over: Partial<ChatMessage> = {}) =>
  message(`m${String(seq)}`, { seq, changedSeq: seq, ...over })
const news = (seq: number, over: Partial<ChatMessage> = {}) => ({
  event: 'new-message',
  data: { roomId: 'chat-1', seq, message: said(seq, over) },
})
const all = (seq: number, ...messages: ChatMessage[]): ChatSync => ({
  roomId: 'chat-1',
  seq,
  reset: true,
  messages,
})

function open(answers: ChatSync[] = []) {
  const asked: number[] = []
  const arrived: string[] = []
  const log = new ChatLog({
    sync: (_, lastSeq) => {
      asked.push(lastSeq)
      const answer = answers.shift()
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('away'))
    },
    onMessage: (id) => arrived.push(id),
    onChange: () => undefined,
  })
  return { log, asked, arrived, ids: () => log.messages.map((one) => one.id) }
}

const settle = () => new Promise((done) => setTimeout(done))

describe('the chat of a class', () => {
  it('waits for the answer that says which room it is, and has everything once', () => {
    const { log, ids, asked } = open()
    expect(log.position).toBeNull()
    for (const seq of [2, 3]) log.receive(news(seq))
    log.receive({ ...news(9), data: { ...news(9).data, roomId: 'another' } })
    log.catchUp(all(2, said(1), said(2)))
    expect(ids()).toEqual(['m1', 'm2', 'm3'])
    expect(log.position).toEqual({ lastChatSeq: 3 })
    log.receive(news(3))
    expect(ids()).toHaveLength(3)
    expect(asked).toEqual([])
  })

  it('asks for what is missing, and takes what changed meanwhile', async () => {
    const gone = said(1, { changedSeq: 3, deletedAt: '2026-01-01T10:06:00Z', text: '' })
    const { log, ids, asked } = open([
      { roomId: 'chat-1', seq: 4, reset: false, messages: [gone, said(2), said(4)] },
    ])
    log.catchUp(all(1, said(1)))
    log.receive(news(4))
    await settle()
    expect(asked).toEqual([1])
    expect(ids()).toEqual(['m2', 'm4'])
    expect(log.position).toEqual({ lastChatSeq: 4 })
  })

  it('asks again with the next change when it got no answer', async () => {
    const { log, asked } = open([])
    log.catchUp(all(1))
    log.receive(news(3))
    await settle()
    log.receive(news(4))
    await settle()
    expect(asked).toEqual([1, 1])
  })

  it('shows a message that was acknowledged once, in its place, and tells that it is there', () => {
    const { log, ids, arrived } = open()
    log.catchUp(all(1, said(1)))
    log.add(said(3))
    log.receive(news(2))
    log.receive(news(3))
    expect(ids()).toEqual(['m1', 'm2', 'm3'])
    expect(arrived).toEqual(['m1', 'm3', 'm2', 'm3'])
  })

  it('keeps reactions over an edit, and counts them', () => {
    const { log } = open()
    log.catchUp(all(1, said(1)))
    const react = (seq: number, userId: string, isOn: boolean, count: number) => ({
      event: 'reaction-changed',
      data: { roomId: 'chat-1', seq, messageId: 'm1', emoji: '👍', userId, isOn, count },
    })
    log.receive(react(2, 'a', true, 1))
    log.receive(react(3, 'b', true, 2))
    const edited = said(1, { changedSeq: 4, text: 'better' })
    log.receive({ event: 'message-updated', data: { roomId: 'chat-1', seq: 4, message: edited } })
    expect(log.messages[0]).toMatchObject({
      text: 'better',
      reactions: [{ emoji: '👍', count: 2, userIds: ['a', 'b'] }],
    })
    log.receive(react(5, 'a', false, 1))
    log.receive(react(6, 'b', false, 0))
    expect(log.messages[0]?.reactions).toEqual([])
  })

  it('does not grow without bound', () => {
    const { log } = open()
    log.catchUp(all(0))
    for (let seq = 1; seq <= MAX_MESSAGES + 5; seq++) log.receive(news(seq))
    expect(log.messages).toHaveLength(MAX_MESSAGES)
    expect(log.messages.at(-1)?.id).toBe(`m${String(MAX_MESSAGES + 5)}`)
  })

  it('leaves other events to others', () => {
    expect(open().log.receive({ event: 'user-left', data: {} })).toBe(false)
  })
})

describe('reading far back', () => {
  const page = (from: number, to: number, over: Partial<MessageList> = {}): MessageList => ({
    items: Array.from({ length: to - from + 1 }, (_, at) => said(from + at)),
    hasOlder: true,
    hasNewer: false,
    nextCursor: null,
    ...over,
  })

  it('puts older messages before, and knows where the chat begins', () => {
    const { log, ids } = open()
    log.catchUp(all(10, said(9), said(10)))
    expect(log.hasOlder).toBe(true)
    log.extend(page(5, 8, { hasOlder: false }), 'older')
    expect(ids()).toEqual(['m5', 'm6', 'm7', 'm8', 'm9', 'm10'])
    expect(log.hasOlder).toBe(false)
  })

  it('leaves out what comes beyond a hole, until it was read up to there', () => {
    const { log, ids, arrived } = open()
    log.catchUp(all(10, said(9), said(10)))
    log.moveTo(page(2, 3, { hasNewer: true }))
    log.receive(news(11))
    expect(ids()).toEqual(['m2', 'm3'])
    expect(arrived).toContain('m11')
    log.extend(page(4, 11), 'newer')
    log.receive(news(12))
    expect(ids().at(-1)).toBe('m12')
    expect(log.hasNewer).toBe(false)
  })

  it('adds no page to a place that one has left meanwhile', async () => {
    const { log, ids } = open()
    log.catchUp(all(300, said(299), said(300)))
    const answers: Record<string, MessageList> = {
      'before=299': page(297, 298),
      'around=20': page(19, 21, { hasNewer: true }),
    }
    let deliver: () => void = () => undefined
    const late = new Promise<void>((resolve) => (deliver = resolve))
    const call = async (_: string, path: string) => {
      const place = /before=299|around=20/.exec(path)?.[0]
      if (place === 'before=299') await late
      return place ? answers[place] : said(20)
    }
    const pages = new Pages({ call: call as RestClient['call'] }, log)
    const older = pages.more('older')
    await pages.goTo('m20')
    deliver()
    await older
    expect(ids()).toEqual(['m19', 'm20', 'm21'])
  })

  it('counts replies, and tells what is said right now', () => {
    const heard: string[] = []
    const log = new ChatLog({
      sync: () => Promise.reject(new Error('away')),
      onMessage: () => undefined,
      onSaid: ({ id }) => heard.push(id),
      onChange: () => undefined,
    })
    log.receive(news(2))
    log.catchUp(all(1, said(1)))
    log.receive(news(3, { replyTo: 'm1' }))
    expect(heard).toEqual(['m3'])
    expect(log.messages[0]?.replyCount).toBe(1)
  })
})
