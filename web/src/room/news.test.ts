import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Happening } from '../state/announcer.svelte'
import { GROWS_MS, News } from './news'
import type { Notice, NoticeKind } from './notices'

const said: string[] = []
const speaker = {
  say: (text: string, kind = 'polite') => said.push(`${kind}: ${text}`),
  tell: (happening: Happening, text: string) => said.push(`${happening}: ${text}`),
}
let news: News

const notice = (id: number, kind: NoticeKind, text: string): Notice => ({ id, kind, text, action: null })

beforeEach(() => {
  vi.useFakeTimers()
  said.length = 0
  news = new News(speaker)
})
afterEach(() => {
  news.close()
  vi.useRealTimers()
})

it('says at once what concerns one, and once', () => {
  news.read([notice(1, 'info', 'Emmy muted you')])
  news.read([notice(1, 'info', 'Emmy muted you'), notice(2, 'problem', 'That did not work.')])
  vi.advanceTimersByTime(10 * GROWS_MS)
  expect(said).toEqual(['polite: Emmy muted you', 'assertive: That did not work.'])
  news.read([])
  news.read([notice(3, 'info', 'Emmy muted you')])
  expect(said).toHaveLength(3)
})

it('says many arrivals as one, and none that passed', () => {
  news.read([notice(1, 'joined', 'Ana joined')])
  news.read([notice(1, 'joined', '3 people joined'), notice(2, 'hand', 'Ana raised a hand')])
  expect(said).toEqual([])
  news.read([notice(1, 'joined', '3 people joined')])
  vi.advanceTimersByTime(GROWS_MS)
  expect(said).toEqual(['people: 3 people joined'])
  news.read([notice(1, 'joined', '4 people joined')])
  vi.advanceTimersByTime(GROWS_MS)
  expect(said.at(-1)).toBe('people: 4 people joined')
})
