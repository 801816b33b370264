import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatMessage } from '../protocol/protocol.gen'
import { RestError } from '../protocol/rest'
import { message } from '../testing/room'
import { MemoryStorage } from '../testing/storage'
import { Crier } from './crier'
import { uploadProblem } from './files'
import { KeptTexts } from './kept'
import { Outbox } from './outbox'
import { Reading } from './reading'
import { Typing, typingText } from './typing'
import { Uploads, type UploadItem } from './uploads'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('what is kept', () => {
  it('survives a reload, and a storage that is full or forbidden', () => {
    const storage = new MemoryStorage()
    const draft = { text: 'later', type: 'chat', kind: 'text', language: null } as const
    const first = new Outbox(() => 'm1')
    first.keepIn(new KeptTexts(storage).outbox('me.room'))
    first.add(draft, '2026-01-01T10:00:00Z', { replyTo: 'm0' })
    new KeptTexts(storage).setDraft('me.room', 'half a sen')

    const second = new Outbox(() => 'm2')
    second.keepIn(new KeptTexts(storage).outbox('me.room'))
    expect(second.pending).toMatchObject([{ id: 'm1', text: 'later', replyTo: 'm0' }])
    expect(new KeptTexts(storage).draft('me.room')).toBe('half a sen')
    second.delivered('m1')
    expect(storage.getItem('podium.outbox.me.room')).toBeNull()

    storage.setItem = () => {
      throw new Error('full')
    }
    const full = new KeptTexts(storage)
    full.setDraft('me.other', 'text')
    expect(full.draft('me.other')).toBe('text')
    storage.getItem = () => 'not JSON'
    expect(new KeptTexts(storage).outbox('me.third').load()).toEqual([])
    expect(new KeptTexts(null).draft('me.room')).toBe('')
  })
})

describe('who types', () => {
  it('is told now and then, and that one stopped', () => {
    const told: boolean[] = []
    const typing = new Typing({ tell: (isTyping) => told.push(isTyping), onChange: () => undefined }, () =>
      Date.now(),
    )
    for (let at = 0; at < 7; at++) {
      typing.changed(false)
      vi.advanceTimersByTime(1_000)
    }
    expect(told).toEqual([true, true, true])
    typing.sent()
    typing.changed(true)
    expect(told).toEqual([true, true, true, false])
  })

  it('is shown of others alone, and not for ever', () => {
    const typing = new Typing({ tell: () => undefined, onChange: () => undefined })
    const users = ['me', 'Ada', 'Ben', 'Cem'].map((name) => ({ userId: name, name }))
    typing.hear({ roomId: 'r', users: users.slice(0, 3), count: 3 }, 'me')
    expect(typingText(typing.others)).toBe('Ada and Ben are typing')
    typing.hear({ roomId: 'r', users, count: 9 }, 'me')
    expect(typingText(typing.others)).toBe('Several people are typing')
    vi.advanceTimersByTime(10_000)
    expect(typingText(typing.others)).toBe('')
  })
})

describe('how far one has read', () => {
  it('is told once for all that was seen, and again when it was not heard', async () => {
    const told: number[] = []
    let isAway = true
    const reading = new Reading({
      tell: (seq) => {
        told.push(seq)
        return isAway ? Promise.reject(new Error('away')) : Promise.resolve()
      },
      onChange: () => undefined,
    })
    reading.start(3)
    for (const seq of [2, 4, 5]) reading.look(seq)
    await vi.advanceTimersByTimeAsync(1_000)
    isAway = false
    reading.flush()
    await vi.advanceTimersByTimeAsync(0)
    reading.flush()
    expect(told).toEqual([5, 5])
    for (const [userId, readSeq] of [
      ['ada', 5],
      ['ben', 4],
      ['me', 9],
    ] as const)
      reading.hear({ roomId: 'r', userId, readSeq, readAt: '2026-01-01T10:00:00Z' }, 'me')
    expect(reading.readBy(5, 'me')).toBe(1)
    expect(reading.seenSeq).toBe(9)
  })
})

it('reads out one message, and the number of many', () => {
  const heard: string[] = []
  const crier = new Crier((text) => heard.push(text))
  const say = (over: Partial<ChatMessage>) => {
    crier.hear(message('m', { name: 'Ada', ...over }))
  }
  say({ text: 'Hello <b>' })
  vi.advanceTimersByTime(1_000)
  for (let count = 0; count < 5; count++) say({})
  vi.advanceTimersByTime(10_000)
  say({ text: '', kind: 'image', attachments: [{ id: 'a' }] as never })
  vi.advanceTimersByTime(10_000)
  expect(heard).toEqual(['Ada: Hello <b>', '5 new messages', 'Ada sent a picture'])
})

it('sends files at once, says why one was refused, and gives the others to the message', async () => {
  let shown: readonly UploadItem[] = []
  const uploads = new Uploads(
    {
      upload: (_, file, onProgress) => {
        onProgress(0.5)
        return file.name === 'large.png'
          ? Promise.reject(new RestError('too_large', 'a file may have 26214400 bytes'))
          : Promise.resolve({ id: file.name } as never)
      },
    },
    () => 'room',
  )
  uploads.subscribe((items) => (shown = items))
  const files = Array.from({ length: 11 }, (_, at) => new File(['x'], `f${String(at)}`))
  expect(uploads.add([new File(['x'], 'large.png'), ...files])).toBe(2)
  await vi.advanceTimersByTimeAsync(0)
  expect(shown[0]?.problem).toBe('This file is too large: the limit is 26 MB.')
  expect(uploads.take()).toHaveLength(9)
  await vi.advanceTimersByTimeAsync(0)
  expect(shown).toEqual([])
  expect(uploadProblem(new RestError('storage_full', ''))).toContain('no room')
})
