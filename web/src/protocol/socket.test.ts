import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RequestError } from './room-socket'
import { IoSocket, type IoLike } from './socket'

type Listener = (...values: never[]) => void

/** The library's socket, moved by hand. */
class FakeIo {
  connected = false
  active = true
  connects = 0
  answer: () => Promise<unknown> = () => Promise.resolve({ ok: true })
  private readonly listeners = new Map<string, Listener>()
  private any: Listener | undefined

  on(event: string, listener: Listener) {
    this.listeners.set(event, listener)
    return this
  }
  onAny(listener: Listener) {
    this.any = listener
    return this
  }
  offAny() {
    this.any = undefined
    return this
  }
  removeAllListeners() {
    this.listeners.clear()
    return this
  }
  connect() {
    this.connects += 1
    return this
  }
  disconnect() {
    this.connected = false
    this.active = false
    this.fire('disconnect')
    return this
  }
  timeout() {
    return { emitWithAck: () => this.answer() }
  }
  fire(event: string, ...values: unknown[]) {
    this.listeners.get(event)?.(...(values as never[]))
  }
  receive(...values: unknown[]) {
    this.any?.(...(values as never[]))
  }
}

describe('IoSocket', () => {
  let io: FakeIo
  /** The URLs that were connected to, and the sockets there, the first one's left out. */
  let moves: { url: string | undefined; io: FakeIo }[]
  let socket: IoSocket
  let log: string[]

  beforeEach(() => {
    vi.useFakeTimers()
    io = new FakeIo()
    log = []
    moves = []
    let isFirst = true
    socket = new IoSocket('secret', (options, url) => {
      expect(options.auth).toEqual({ token: 'secret' })
      if (!isFirst) moves.push({ url, io: new FakeIo() })
      const made = isFirst ? io : moves[moves.length - 1]?.io
      isFirst = false
      return made as unknown as IoLike
    })
    socket.open({
      onConnect: () => log.push('connect'),
      onDisconnect: () => log.push('disconnect'),
      onRefused: (error: RequestError) => log.push(`refused ${error.code}`),
      onEvent: (event) => log.push(event),
    })
  })
  afterEach(() => {
    socket.close()
    vi.useRealTimers()
  })

  it('passes on what happens', () => {
    io.fire('connect')
    io.receive('user-left', {})
    io.fire('disconnect')
    expect(log).toEqual(['connect', 'user-left', 'disconnect'])
  })

  it('answers a request, or tells the reason of a refusal', async () => {
    io.connected = true
    await expect(socket.request('raise-hand', {})).resolves.toEqual({ ok: true })
    io.answer = () => Promise.resolve({ ok: false, error: { code: 'forbidden', message: 'no' } })
    await expect(socket.request('raise-hand', {})).rejects.toMatchObject({ code: 'forbidden', message: 'no' })
  })

  it('never keeps a request for later', async () => {
    await expect(socket.request('raise-hand', {})).rejects.toMatchObject({ code: 'offline' })
    io.connected = true
    io.answer = () => Promise.reject(new Error('timed out'))
    await expect(socket.request('raise-hand', {})).rejects.toMatchObject({ code: 'timeout' })
    io.answer = () => {
      io.connected = false
      return Promise.reject(new Error('cut'))
    }
    io.connected = true
    await expect(socket.request('raise-hand', {})).rejects.toMatchObject({ code: 'offline' })
  })

  it('comes back by itself where the library does not', async () => {
    expect(io.connects).toBe(1)
    io.fire('disconnect')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(io.connects, 'the library is at it').toBe(1)
    io.active = false
    io.fire('disconnect')
    await vi.advanceTimersByTimeAsync(300)
    expect(io.connects).toBe(2)
    io.fire('connect_error', new Error('busy'))
    await vi.advanceTimersByTimeAsync(600)
    expect(io.connects).toBe(3)
  })

  it('connects anew at once when the network changed, but not before a stopping server said', () => {
    io.fire('connect')
    socket.reconnect()
    expect(io.connects).toBe(2)
    expect(log).toEqual(['connect', 'disconnect'])
    vi.advanceTimersByTime(10_000)
    expect(io.connects, 'once').toBe(2)
    io.fire('connect')
    io.receive('closing', { reason: 'stopping', message: 'x', retryAfterMs: 4_000 })
    socket.reconnect()
    expect(io.connects).toBe(2)
    vi.advanceTimersByTime(4_000)
    expect(io.connects).toBe(3)
    socket.close()
    socket.reconnect()
    expect(io.connects).toBe(3)
  })

  it('rests while the page is stopped, and comes back when told to', () => {
    io.fire('connect')
    socket.rest()
    expect(log).toEqual(['connect', 'disconnect'])
    vi.advanceTimersByTime(60_000)
    expect(io.connects).toBe(1)
    socket.reconnect()
    expect(io.connects).toBe(2)
    io.fire('connect')
    io.active = false
    io.fire('disconnect')
    vi.advanceTimersByTime(10_000)
    expect(io.connects, 'by itself again').toBe(3)
  })

  it('does not come back when its token is refused', async () => {
    io.active = false
    io.fire(
      'connect_error',
      Object.assign(new Error('x'), { data: { code: 'unauthorized', message: 'expired' } }),
    )
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log).toEqual(['refused unauthorized'])
    expect(io.connects).toBe(1)
  })

  const sendOn = async (from: FakeIo, url: string) => {
    from.connected = true
    from.answer = () => Promise.resolve({ ok: false, error: { code: 'elsewhere', message: 'there', url } })
    const seat = { liveClassId: 'c', seatKey: 'k' }
    await expect(socket.request('join-session', seat)).rejects.toMatchObject({ code: 'offline' })
  }

  it('follows a class to the server that has it', async () => {
    io.fire('connect')
    await sendOn(io, 'https://two.example')
    const [move] = moves
    expect(move?.url).toBe('https://two.example')
    expect(move?.io.connects).toBe(1)
    io.fire('connect')
    io.receive('user-left', {})
    move?.io.fire('connect')
    move?.io.receive('user-joined', {})
    expect(log).toEqual(['connect', 'disconnect', 'connect', 'user-joined'])
  })

  it('comes home when the other server cannot be reached', async () => {
    await sendOn(io, 'https://two.example')
    for (let n = 0; n < 3; n++) moves[0]?.io.fire('connect_error', new Error('no answer'))
    expect(moves.map((move) => move.url)).toEqual(['https://two.example', undefined])
    expect(moves[1]?.io.connects).toBe(1)
  })

  it('is not sent around without a pause', async () => {
    await sendOn(io, 'https://two.example')
    for (let n = 0; n < 3; n++) {
      const { io: last } = moves[moves.length - 1] as { io: FakeIo }
      last.fire('connect')
      await sendOn(last, `https://three.example/${String(n)}`)
    }
    expect(moves.map((move) => move.io.connects)).toEqual([1, 1, 0, 0])
    vi.advanceTimersByTime(10_000)
    expect(moves.map((move) => move.io.connects)).toEqual([1, 1, 0, 1])
  })

  it('comes back when a stopping server says, not before', () => {
    io.fire('connect')
    io.receive('closing', { reason: 'stopping', message: 'x', retryAfterMs: 4_000 })
    vi.advanceTimersByTime(3_999)
    expect(io.connects).toBe(1)
    vi.advanceTimersByTime(1)
    expect(io.connects).toBe(2)
    expect(log).toEqual(['connect', 'disconnect'])
  })

  it('stays away when the server says so', () => {
    io.fire('connect')
    io.receive('closing', { reason: 'token-expired', message: 'x', retryAfterMs: null })
    vi.advanceTimersByTime(60_000)
    expect(io.connects).toBe(1)
    expect(log).toEqual(['connect', 'refused unauthorized'])
  })

  describe('of an account', () => {
    let renewed: string | null | Error
    let told: string[]
    let sent: unknown[]

    beforeEach(() => {
      renewed = 'newer'
      told = []
      sent = []
      socket.close()
      log.length = 0
      io = new FakeIo()
      io.timeout = () => ({
        emitWithAck: (...values: unknown[]) => {
          sent.push(values)
          return io.answer()
        },
      })
      const account = {
        current: () => Promise.resolve('now'),
        renew: () => (renewed instanceof Error ? Promise.reject(renewed) : Promise.resolve(renewed)),
        signedOut: ({ reason }: { reason: string }) => told.push(reason),
      }
      socket = new IoSocket(account, () => io as unknown as IoLike)
      socket.open({
        onConnect: () => log.push('connect'),
        onDisconnect: () => log.push('disconnect'),
        onRefused: (error: RequestError) => log.push(`refused ${error.code}`),
        onEvent: (event) => log.push(event),
      })
    })

    const refuse = async () => {
      io.active = false
      io.fire('connect_error', Object.assign(new Error('x'), { data: { code: 'unauthorized' } }))
      await vi.advanceTimersByTimeAsync(10_000)
    }

    it('stays by a newer token when the old one ends soon', async () => {
      io.connected = true
      io.receive('token-expiring', { expiresAt: '2026-01-01T10:00:00Z' })
      await vi.advanceTimersByTimeAsync(0)
      expect(sent).toEqual([['renew-token', { token: 'newer' }]])
      expect(log).toEqual([])
    })

    it('tries a newer token once when the old one is refused', async () => {
      await refuse()
      expect(io.connects).toBe(2)
      await refuse()
      expect(io.connects).toBe(2)
      expect(log).toEqual(['refused unauthorized'])
    })

    it('comes back when nobody could be asked, and not when one is signed out', async () => {
      renewed = new Error('offline')
      await refuse()
      await refuse()
      expect(io.connects).toBe(3)
      renewed = null
      await refuse()
      expect(io.connects).toBe(3)
      expect(log).toEqual(['refused unauthorized'])
    })

    it('comes back after its token ended in its sleep', async () => {
      io.fire('connect')
      io.receive('closing', { reason: 'token-expired', message: 'x', retryAfterMs: null })
      await vi.advanceTimersByTimeAsync(10_000)
      expect(io.connects).toBe(2)
      expect(log).toEqual(['connect', 'disconnect'])
    })

    it('tells the account that a sign-in is over', () => {
      io.receive('signed-out', { reason: 'blocked', deviceId: null })
      expect(told).toEqual(['blocked'])
    })
  })
})
