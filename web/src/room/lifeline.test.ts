import { expect, it } from 'vitest'
import { RequestError } from '../protocol/room-socket'
import { ANSWER_WITHIN_MS, Lifeline, TRUSTED_FOR_MS } from './lifeline'

let now = 0

function lifeline(ask: () => Promise<unknown>) {
  const log: string[] = []
  const line = new Lifeline({
    ask: (within) => {
      log.push(`ask ${String(within)}`)
      return ask()
    },
    onDead: () => log.push('dead'),
    now: () => now,
  })
  return { line, log }
}
const asked = `ask ${String(ANSWER_WITHIN_MS)}`

it('makes a socket anew that does not answer', async () => {
  const { line, log } = lifeline(() => Promise.reject(new RequestError('timeout', 'no answer')))
  await line.check()
  expect(log).toEqual([asked, 'dead'])
})

it.each(['offline', 'rate_limited'] as const)('leaves it alone when the answer is %s', async (code) => {
  const { line, log } = lifeline(() => Promise.reject(new RequestError(code, 'x')))
  await line.check()
  expect(log).toEqual([asked])
})

it('asks once at a time', async () => {
  let answer: () => void = () => undefined
  const { line, log } = lifeline(() => new Promise<void>((done) => (answer = done)))
  const first = line.check()
  await line.check()
  answer()
  await first
  expect(log).toEqual([asked])
})

it('follows a mere suspicion once in a while, and trouble always', async () => {
  const { line, log } = lifeline(() => Promise.resolve())
  await line.check()
  line.suspect()
  expect(log).toEqual([asked])
  await line.check()
  expect(log).toEqual([asked, asked])
  now += TRUSTED_FOR_MS + 1
  line.suspect()
  expect(log).toHaveLength(3)
})
