import { expect, it, vi } from 'vitest'
import { liveClass } from '../testing/room'
import { serverClock } from './clock'
import { PATIENCE_MS, RestClient } from './rest'

function client(answer: () => Response | Promise<Response>) {
  const asked: string[] = []
  const rest = new RestClient('secret', async (input, init) => {
    const headers = new Headers(init?.headers)
    asked.push(
      `${init?.method ?? ''} ${input instanceof Request ? input.url : String(input)} ${headers.get('Authorization') ?? ''}`,
    )
    return answer()
  })
  return { rest, asked }
}

const problem = (status: number, code: string) => () =>
  Response.json({ type: 'about:blank', title: 'T', status, code, detail: 'why' }, { status })

it('reads a live class with the token', async () => {
  const { rest, asked } = client(() => Response.json(liveClass))
  await expect(rest.liveClass('demo')).resolves.toEqual(liveClass)
  expect(asked).toEqual(['GET /api/v1/live-classes/demo Bearer secret'])
})

it('takes a class that runs already as started', async () => {
  const { rest, asked } = client(problem(409, 'already_live'))
  await expect(rest.start('demo')).resolves.toBeUndefined()
  expect(asked).toEqual(['POST /api/v1/live-classes/demo/start Bearer secret'])
})

it('tells code and reason of a refusal', async () => {
  await expect(client(problem(403, 'forbidden')).rest.start('demo')).rejects.toMatchObject({
    code: 'forbidden',
    message: 'why',
  })
})

it('tells when the server does not answer, or not in JSON', async () => {
  const offline = client(() => Promise.reject(new TypeError('failed')))
  await expect(offline.rest.liveClass('demo')).rejects.toMatchObject({ code: 'offline' })
  const proxy = client(() => new Response('<h1>Bad gateway</h1>', { status: 502 }))
  await expect(proxy.rest.liveClass('demo')).rejects.toMatchObject({ code: 'internal' })
  const portal = client(() => new Response('<h1>Sign in to this Wi-Fi</h1>'))
  await expect(portal.rest.liveClass('demo')).rejects.toMatchObject({ code: 'offline' })
  const gone = client(() => new Response(null, { status: 204 }))
  await expect(gone.rest.call('DELETE', '/x')).resolves.toBeNull()
})

it('does not wait for ever on a dead network', async () => {
  vi.useFakeTimers()
  try {
    const dead = new RestClient(null, (_, init) => {
      return new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => {
          reject(new DOMException('', 'AbortError'))
        })
      })
    })
    const failed = expect(dead.liveClass('demo')).rejects.toMatchObject({ code: 'offline' })
    await vi.advanceTimersByTimeAsync(PATIENCE_MS)
    expect(vi.getTimerCount()).toBe(0)
    await failed
  } finally {
    vi.useRealTimers()
  }
})

it('tries a newer token of an account once when the old one is refused', async () => {
  const used: string[] = []
  let newer: string | null = 'newer'
  const account = {
    current: () => Promise.resolve('old'),
    renew: () => Promise.resolve(newer),
    signedOut: () => undefined,
  }
  const rest = new RestClient(account, (_, init) => {
    const token = new Headers(init?.headers).get('Authorization') ?? 'none'
    used.push(token)
    return Promise.resolve(
      token === 'Bearer newer' ? Response.json(liveClass) : problem(401, 'unauthorized')(),
    )
  })
  await expect(rest.liveClass('demo')).resolves.toEqual(liveClass)
  newer = null
  await expect(rest.liveClass('demo')).rejects.toMatchObject({ code: 'unauthorized' })
  expect(used).toEqual(['Bearer old', 'Bearer newer', 'Bearer old', 'none'])
})

it('sends JSON, and files as they are', async () => {
  const sent: [string | null, unknown][] = []
  const rest = new RestClient('secret', (_, init) => {
    sent.push([new Headers(init?.headers).get('Content-Type'), init?.body])
    return Promise.resolve(new Response(null, { status: 204 }))
  })
  await rest.call('POST', '/x', { a: 1 })
  await rest.call('POST', '/x', { type: 'text/csv', content: 'a,b' })
  await rest.call('POST', '/x')
  expect(sent).toEqual([
    ['application/json', '{"a":1}'],
    ['text/csv', 'a,b'],
    [null, undefined],
  ])
})

it('brings what is no JSON as it is, and its refusal as any other', async () => {
  const table = client(() => new Response('name,email\n'))
  await expect(table.rest.file('/roster.csv').then((blob) => blob.text())).resolves.toBe('name,email\n')
  const refused = client(problem(403, 'forbidden'))
  await expect(refused.rest.file('/roster.csv')).rejects.toMatchObject({ code: 'forbidden' })
})

it('learns from each answer what time it is for the server', async () => {
  const late = new Date(Date.now() - 3_600_000)
  const headers = { Date: late.toUTCString() }
  await client(() => Response.json(liveClass, { headers })).rest.liveClass('demo')
  expect(Math.abs(serverClock.now() - Number(late))).toBeLessThan(60_000)
})
