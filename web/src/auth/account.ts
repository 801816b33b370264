/**
 * Who is signed in here. The access token is kept in memory alone; what brings the next one is a cookie that no script
 * can read. One tab refreshes at a time, since a cookie that is used twice later on would end the sign-in.
 */
import { Backoff } from '../protocol/backoff'
import type { AuthOptions, Me, Register, ServerEventData, SignedIn } from '../protocol/protocol.gen'
import { RestError, type RestClient } from '../protocol/rest'
import { Broadcast } from '../room/broadcast'
import type { TokenSource } from './source'
import { lifetimeOf } from './token'

export interface AccountView {
  /** `unknown` until the server answered. */
  status: 'unknown' | 'signed-in' | 'signed-out'
  me: Me | null
  /** Why one is signed out, or why it is not known yet; empty when there is nothing to say. */
  reason: string
}

export interface AccountPorts {
  rest: RestClient
  /** Runs one piece of work at a time over all tabs. */
  alone?: <T>(work: () => Promise<T>) => Promise<T>
  now?: () => number
  random?: () => number
}

type SignOutReason = ServerEventData['signed-out']['reason']

/** A token is renewed so long before its end, ms, and up to as much again earlier, so that tabs do it in turns. */
export const RENEW_BEFORE_MS = 60_000
/** With less than this left, ms, a token is not used any more. */
export const SPARE_MS = 5_000
const SHORTEST_WAIT_MS = 5_000

function reasonText(reason: SignOutReason | 'ended'): string {
  switch (reason) {
    case 'signed-out':
      return 'You were signed out. Sign in again.'
    case 'blocked':
      return 'This account was blocked. Ask an admin.'
    case 'password-changed':
      return 'Your password was changed. Sign in with the new one.'
    case 'token-reused':
      return 'For safety you were signed out. Sign in again.'
    default:
      return 'Your sign-in has ended. Sign in again.'
  }
}

const NOBODY: AccountView = { status: 'signed-out', me: null, reason: '' }

/** One tab after the other, where the browser has locks. */
function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks
  return locks ? (locks.request('podium-refresh', work) as Promise<T>) : work()
}

export class Account implements TokenSource {
  private state: AccountView = { ...NOBODY, status: 'unknown' }
  private token = ''
  private deviceId = ''
  /** By the clock of this machine, ms. */
  private endsAt = 0
  private refreshing: Promise<string | null> | null = null
  /** Grows when somebody signs in or out, so that an answer to an older refresh is not taken. */
  private era = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly backoff = new Backoff({ base: 1_000, max: 15_000, jitter: 0.3 })
  private readonly views = new Broadcast(() => this.state)

  constructor(private readonly ports: AccountPorts) {}

  get view(): AccountView {
    return this.state
  }

  subscribe(listener: (view: AccountView) => void): () => void {
    return this.views.subscribe(listener)
  }

  /** Finds out who is signed in. Tries again for as long as the server cannot be reached. */
  async open(): Promise<void> {
    if (this.state.status === 'unknown') await this.renew().catch(() => null)
  }

  options(): Promise<AuthOptions> {
    return this.ports.rest.call('GET', '/api/v1/auth/options')
  }

  /** `name` is the username or the e-mail address. */
  async signIn(name: string, password: string): Promise<void> {
    this.take(await this.ports.rest.call('POST', '/api/v1/auth/sign-in', { name, password }))
  }

  /** Makes an account for oneself, where the server lets everybody. */
  async register(person: Register): Promise<void> {
    this.take(await this.ports.rest.call('POST', '/api/v1/auth/register', person))
  }

  async setUp(admin: { token: string; username: string; name: string; password: string }): Promise<void> {
    this.take(await this.ports.rest.call('POST', '/api/v1/setup', admin))
  }

  async setPassword(token: string, password: string): Promise<void> {
    this.take(await this.ports.rest.call('POST', '/api/v1/auth/set-password', { token, password }))
  }

  /** One has another name or e-mail address now. */
  changed(me: Me): void {
    if (this.state.me?.id !== me.id) return
    this.state = { ...this.state, me }
    this.views.changed()
  }

  async signOut(): Promise<void> {
    await this.alone(() => this.ports.rest.call('POST', '/api/v1/auth/sign-out'))
    this.forget('')
  }

  async current(): Promise<string | null> {
    if (this.state.status === 'signed-out') return null
    return this.token && this.now() < this.endsAt - SPARE_MS ? this.token : this.renew()
  }

  renew(): Promise<string | null> {
    if (this.state.status === 'signed-out') return Promise.resolve(null)
    return (this.refreshing ??= this.refresh().finally(() => (this.refreshing = null)))
  }

  signedOut({ reason, deviceId }: ServerEventData['signed-out']): void {
    if (deviceId === null || deviceId === this.deviceId) this.forget(reasonText(reason))
  }

  private async refresh(): Promise<string | null> {
    const { era } = this
    clearTimeout(this.timer)
    try {
      const answer = await this.alone(() => this.ports.rest.call<SignedIn>('POST', '/api/v1/auth/refresh'))
      if (era === this.era) this.take(answer)
    } catch (error) {
      if (era === this.era) this.failed(error)
      // Signed out meanwhile, or by this very answer: then it is no error.
      if (era === this.era) throw error
    }
    return this.token || null
  }

  private failed(error: unknown): void {
    const code = error instanceof RestError ? error.code : 'internal'
    if (code === 'unauthorized' || code === 'forbidden') {
      this.forget(this.state.status === 'signed-in' ? reasonText('ended') : '')
      return
    }
    if (this.state.status === 'unknown' && error instanceof Error) {
      this.state = { ...this.state, reason: error.message }
      this.views.changed()
    }
    this.later(this.backoff.next())
  }

  private take({ accessToken, expiresAt, deviceId, me }: SignedIn): void {
    this.era += 1
    this.backoff.reset()
    this.token = accessToken
    this.deviceId = deviceId
    // By how long it lives, as the clocks of the two machines may differ.
    const lifetime = lifetimeOf(accessToken) ?? Date.parse(expiresAt) - this.now()
    this.endsAt = this.now() + lifetime
    // Short-lived ones at half time.
    const early = Math.min(lifetime / 2, RENEW_BEFORE_MS * (1 + (this.ports.random ?? Math.random)()))
    this.later(Math.max(SHORTEST_WAIT_MS, lifetime - early))
    this.state = { status: 'signed-in', me, reason: '' }
    this.views.changed()
  }

  private forget(reason: string): void {
    this.era += 1
    clearTimeout(this.timer)
    this.token = ''
    this.deviceId = ''
    this.state = { ...NOBODY, reason }
    this.views.changed()
  }

  private later(delay: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.renew().catch(() => null), delay)
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    return (this.ports.alone ?? oneTabAtATime)(work)
  }

  private now(): number {
    return (this.ports.now ?? Date.now)()
  }
}
