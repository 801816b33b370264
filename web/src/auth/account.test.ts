import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SignedIn } from '../protocol/protocol.gen'
import { RestClient } from '../protocol/rest'
import { Account, RENEW_BEFORE_MS, SPARE_MS } from './account'

const LIFETIME_S = 900

const token = (n: number, lifetime = LIFETIME_S) =>
  `e30.${btoa(JSON.stringify({ iat: 1_000 + n, exp: 1_000 + n + lifetime })).replace(/=+$/, '')}.${String(n)}`

const signedIn = (n: number): SignedIn => ({
  accessToken: token(n),
  // By a clock that is an hour behind: only the lifetime counts.
  expiresAt: new Date(Date.now() - 3_600_000 + LIFETIME_S * 1000).toISOString(),
  deviceId: 'device-1',
  me: {
    id: 'emmy',
    name: 'Emmy',
    isAdmin: true,
    provider: 'local',
    username: 'emmy',
    email: null,
    createdAt: '2026-01-01T10:00:00Z',
    hasPassword: true,
  },
})

const problem = (status: number, code: string) =>
  Response.json({ type: 'about:blank', title: 'T', status, code, detail: 'why' }, { status })

describe('Account', () => {
  let account: Account
  let asked: string[]
  let answer: (path: string) => Response | Promise<Response>
  let made: number

  const settle = () => vi.advanceTimersByTimeAsync(0)
  const refreshes = () => asked.filter((path) => path.endsWith('/refresh')).length

  beforeEach(() => {
    vi.useFakeTimers()
    asked = []
    made = 0
    answer = () => Response.json(signedIn(++made))
    const rest = new RestClient(null, async (input) => {
      asked.push(input instanceof Request ? input.url : String(input))
      await Promise.resolve()
      return answer(asked.at(-1) ?? '')
    })
    account = new Account({ rest, alone: (work) => work(), random: () => 0 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('finds out at the start who is signed in', async () => {
    expect(account.view.status).toBe('unknown')
    await account.open()
    expect(account.view).toMatchObject({ status: 'signed-in', me: { name: 'Emmy' } })
    await expect(account.current()).resolves.toBe(token(1))
    await account.open()
    expect(refreshes()).toBe(1)
  })

  it('is signed out, with nothing to say, without a cookie', async () => {
    answer = () => problem(401, 'unauthorized')
    await account.open()
    expect(account.view).toEqual({ status: 'signed-out', me: null, reason: '' })
    await expect(account.current()).resolves.toBeNull()
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(refreshes()).toBe(1)
  })

  it('tries again until the server can be reached, and says why it waits', async () => {
    answer = () => Promise.reject(new TypeError('failed'))
    await account.open()
    expect(account.view.status).toBe('unknown')
    expect(account.view.reason).toContain('cannot be reached')
    answer = () => Response.json(signedIn(++made))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(account.view.status).toBe('signed-in')
  })

  it('renews before the end, by its own clock', async () => {
    await account.open()
    await vi.advanceTimersByTimeAsync(LIFETIME_S * 1000 - RENEW_BEFORE_MS - 1)
    expect(refreshes()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(refreshes()).toBe(2)
    await expect(account.current()).resolves.toBe(token(2))
  })

  it('asks once for all who need a newer token at the same time', async () => {
    await account.open()
    // The machine slept: no timer ran.
    vi.setSystemTime(Date.now() + LIFETIME_S * 1000 - SPARE_MS)
    const tokens = await Promise.all([account.current(), account.current(), account.renew()])
    expect(new Set(tokens)).toEqual(new Set([token(2)]))
    expect(refreshes()).toBe(2)
  })

  it('does one refresh at a time over all tabs', async () => {
    let turn: Promise<unknown> = Promise.resolve()
    let most = 0
    let running = 0
    const alone = <T>(work: () => Promise<T>): Promise<T> => {
      const done = turn.then(work)
      turn = done.catch(() => null)
      return done
    }
    answer = async () => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running -= 1
      return Response.json(signedIn(++made))
    }
    const rest = new RestClient(null, async () => answer(''))
    await Promise.all([1, 2, 3].map(() => new Account({ rest, alone, random: () => 0 }).open()))
    expect(most).toBe(1)
  })

  it('keeps the sign-in when a refresh gets no answer', async () => {
    await account.open()
    answer = () => problem(503, 'unavailable')
    await expect(account.renew()).rejects.toMatchObject({ code: 'unavailable' })
    expect(account.view.status).toBe('signed-in')
    answer = () => Response.json(signedIn(++made))
    await vi.advanceTimersByTimeAsync(2_000)
    await expect(account.current()).resolves.toBe(token(2))
  })

  it('says that a sign-in has ended', async () => {
    await account.open()
    answer = () => problem(401, 'unauthorized')
    await expect(account.renew()).resolves.toBeNull()
    expect(account.view).toMatchObject({ status: 'signed-out', me: null })
    expect(account.view.reason).toContain('ended')
  })

  it('heeds the end of its own sign-in and of all, not that of another device', async () => {
    await account.open()
    account.signedOut({ reason: 'signed-out', deviceId: 'device-2' })
    expect(account.view.status).toBe('signed-in')
    account.signedOut({ reason: 'blocked', deviceId: null })
    expect(account.view.status).toBe('signed-out')
    expect(account.view.reason).toContain('blocked')
  })

  it('does not come back by a refresh that was on its way when one signed out', async () => {
    await account.open()
    let release: (response: Response) => void = () => undefined
    answer = (path) =>
      path.endsWith('/refresh')
        ? new Promise((resolve) => (release = resolve))
        : new Response(null, { status: 204 })
    const renewed = account.renew()
    await settle()
    await account.signOut()
    release(Response.json(signedIn(9)))
    await expect(renewed).resolves.toBeNull()
    expect(account.view).toEqual({ status: 'signed-out', me: null, reason: '' })
  })

  it('signs in after it was signed out', async () => {
    answer = () => problem(401, 'unauthorized')
    await account.open()
    await expect(account.signIn('emmy', 'wrong')).rejects.toMatchObject({ code: 'unauthorized' })
    answer = () => Response.json(signedIn(++made))
    await account.signIn('emmy', 'right')
    await expect(account.current()).resolves.toBe(token(1))
  })
})
