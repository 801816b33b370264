import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IoSocket, type IoLike, type RequestError } from './socket'

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
  let socket: IoSocket
  let log: string[]

  beforeEach(() => {
    vi.useFakeTimers()
    io = new FakeIo()
    log = []
    socket = new IoSocket('secret', (options) => {
      expect(options.auth).toEqual({ token: 'secret' })
      return io as unknown as IoLike
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
})
