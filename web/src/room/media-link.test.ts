import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MediaSetup, Slot } from '../protocol/protocol.gen'
import { RequestError } from '../protocol/room-socket'
import { FakePath } from '../testing/path'
import { MediaLink } from './media-link'
import { CONNECTING_GRACE_MS, DISCONNECTED_GRACE_MS, RESTART_GRACE_MS, RESTARTABLE_FOR_MS } from './reconnect'

const setup: MediaSetup = {
  audioSlots: 1,
  videoSlots: 1,
  iceServers: [{ urls: ['turn:relay.example'], username: 'me', credential: 'secret' }],
}

describe('MediaLink', () => {
  let paths: FakePath[]
  let link: MediaLink
  let answers: (() => Promise<{ answer: string; slots: Slot[] }>)[]
  let restartAnswers: (() => Promise<{ answer: string; slots: Slot[] }>)[]
  let ups: number
  let troubles: number
  let isFull: boolean
  let isHidden: boolean

  const settle = () => vi.advanceTimersByTimeAsync(0)
  const at = (index: number): FakePath => {
    const path = paths[index]
    if (!path) throw new Error(`there are ${String(paths.length)} connections only`)
    return path
  }

  beforeEach(() => {
    vi.useFakeTimers()
    paths = []
    answers = []
    restartAnswers = []
    ups = 0
    troubles = 0
    isFull = isHidden = false
    link = new MediaLink({
      open: (_, onState) => {
        const path = new FakePath(onState)
        paths.push(path)
        return path
      },
      exchange: () => (answers.shift() ?? (() => Promise.resolve({ answer: '', slots: [] })))(),
      restart: () => (restartAnswers.shift() ?? (() => Promise.resolve({ answer: '', slots: [] })))(),
      track: () => null,
      onUp: () => (ups += 1),
      onWell: (isWell) => {
        if (!isWell) troubles += 1
      },
      isHidden: () => isHidden,
      onFull: (now) => (isFull = now),
      random: () => 0,
      now: () => Date.now(),
    })
  })
  afterEach(() => {
    link.close()
    vi.useRealTimers()
  })

  async function up(): Promise<void> {
    link.resume(setup, false)
    await settle()
    at(paths.length - 1).become('connected')
  }

  it('makes one connection and leaves a good one alone', async () => {
    await up()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(paths).toHaveLength(1)
    expect(ups).toBe(1)
  })

  it('keeps it over a mere drop of the socket, and makes another when the server has it no more', async () => {
    await up()
    link.pause()
    link.resume(setup, true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(paths).toHaveLength(1)
    link.pause()
    link.resume(setup, false)
    await settle()
    expect(paths).toHaveLength(2)
    expect(at(0).isClosed).toBe(true)
  })

  it('gives a failed connection new addresses at once, one that is disconnected only after a while', async () => {
    await up()
    at(0).become('disconnected')
    await vi.advanceTimersByTimeAsync(DISCONNECTED_GRACE_MS - 1)
    at(0).become('connected')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(at(0).restarts).toEqual([])
    at(0).become('disconnected')
    await vi.advanceTimersByTimeAsync(DISCONNECTED_GRACE_MS)
    expect(at(0).restarts).toEqual([setup.iceServers])
    at(0).become('connected')
    at(0).become('failed')
    await settle()
    expect(at(0).restarts).toHaveLength(2)
    at(0).become('connecting')
    at(0).become('connected')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(paths).toHaveLength(1)
    expect(troubles).toBe(3)
  })

  it('makes a new connection when new addresses do not help, or are refused', async () => {
    await up()
    at(0).become('failed')
    await vi.advanceTimersByTimeAsync(RESTART_GRACE_MS - 1)
    expect(paths).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(paths).toHaveLength(2)
    at(1).become('connected')
    restartAnswers = [() => Promise.reject(new RequestError('media_unavailable', 'no'))]
    at(1).become('failed')
    await settle()
    expect(paths).toHaveLength(3)
    expect(at(1).isClosed).toBe(true)
  })

  it('takes new addresses when the network changed, also while all seems well', async () => {
    await up()
    link.moved()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(at(0).restarts).toHaveLength(1)
    expect(paths).toHaveLength(1)
  })

  it('waits for the socket with that, and gives up what the server has forgotten meanwhile', async () => {
    await up()
    restartAnswers = [() => Promise.reject(new RequestError('offline', 'gone'))]
    link.moved()
    link.pause()
    await settle()
    at(0).become('failed')
    await vi.advanceTimersByTimeAsync(RESTARTABLE_FOR_MS - 1)
    expect(at(0).restarts).toHaveLength(1)
    link.resume(setup, true)
    await settle()
    expect(at(0).restarts).toHaveLength(2)
    at(0).become('connected')
    link.pause()
    at(0).become('failed')
    await vi.advanceTimersByTimeAsync(RESTARTABLE_FOR_MS)
    link.resume(setup, true)
    await settle()
    expect(at(0).restarts).toHaveLength(2)
    expect(paths).toHaveLength(2)
  })

  it('asks a full server again, seldom, and says so', async () => {
    await up()
    const refuse = () => Promise.reject(new RequestError('overloaded', 'full'))
    answers = [refuse, refuse]
    link.reset()
    await settle()
    expect(isFull).toBe(true)
    await vi.advanceTimersByTimeAsync(9_999)
    expect(answers).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(answers).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(19_999)
    expect(isFull).toBe(true)
    await vi.advanceTimersByTimeAsync(1)
    expect(isFull).toBe(false)
    expect(ups).toBe(2)
  })

  it('tells layers to the connection that the server has: a new one begins with all', async () => {
    await up()
    link.setLayers('camera', ['q'])
    expect(at(0).layers.get('camera')).toEqual(['q'])
    link.reset()
    link.setLayers('camera', ['h'])
    await settle()
    expect(at(0).layers.get('camera')).toEqual(['h'])
    expect(at(1).layers.size).toBe(0)
    link.setLayers('camera', [])
    expect(at(1).layers.get('camera')).toEqual([])
  })

  it('gives up a connection that never comes up', async () => {
    link.resume(setup, false)
    await settle()
    at(0).become('connecting')
    await vi.advanceTimersByTimeAsync(CONNECTING_GRACE_MS)
    expect(paths).toHaveLength(2)
  })

  it('waits for the socket before it offers again', async () => {
    await up()
    link.pause()
    link.reset()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(paths).toHaveLength(1)
    link.resume(setup, true)
    await settle()
    expect(paths).toHaveLength(2)
  })

  it('makes the same offer again, later each time, and keeps the old connection until it is answered', async () => {
    await up()
    const refuse = () => Promise.reject(new RequestError('media_unavailable', 'not now'))
    answers = [refuse, refuse]
    link.reset()
    await settle()
    expect(paths).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(400)
    expect(ups).toBe(1)
    await vi.advanceTimersByTimeAsync(799)
    expect(ups).toBe(1)
    expect(at(0).isClosed).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(ups).toBe(2)
    expect(paths).toHaveLength(2)
    expect(at(0).isClosed).toBe(true)
    expect(at(1).isClosed).toBe(false)
  })

  it('makes another connection when the browser fails with the one it made', async () => {
    link.resume(setup, false)
    at(0).connect = () => Promise.reject(new DOMException('', 'InvalidAccessError'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(paths).toHaveLength(2)
    expect(at(0).isClosed).toBe(true)
    expect(ups).toBe(1)
  })

  it('has one offer out at a time, and renews once more when asked meanwhile', async () => {
    let release: () => void = () => undefined
    answers = [
      () =>
        new Promise(
          (resolve) =>
            (release = () => {
              resolve({ answer: '', slots: [] })
            }),
        ),
    ]
    link.resume(setup, false)
    link.reset()
    link.reset()
    await settle()
    expect(paths).toHaveLength(1)
    release()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(paths).toHaveLength(2)
  })

  it('puts a track that changes during the offer on the new connection too', async () => {
    let release: () => void = () => undefined
    answers = [
      () =>
        new Promise(
          (resolve) =>
            (release = () => {
              resolve({ answer: '', slots: [] })
            }),
        ),
    ]
    link.resume(setup, false)
    await settle()
    const track = {} as MediaStreamTrack
    await link.setTrack('mic', track)
    release()
    await settle()
    expect(at(0).sent.get('mic')).toBe(track)
  })

  describe('whose lines are known before the seat is taken', () => {
    const notJoined = () => Promise.reject(new RequestError('not_joined', 'join first'))

    it('sends its offer with the wish for the seat', async () => {
      link.prepare(setup)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(ups).toBe(0)
      link.ahead()
      link.resume(setup, false)
      await vi.advanceTimersByTimeAsync(1_000)
      expect(ups).toBe(1)
      expect(paths).toHaveLength(1)
    })

    it('waits for the seat when that is not given at once, and sends the same offer then', async () => {
      answers = [notJoined, notJoined]
      link.prepare(setup)
      for (let wish = 0; wish < 2; wish++) {
        link.ahead()
        await vi.advanceTimersByTimeAsync(60_000)
      }
      expect(answers).toHaveLength(0)
      link.resume(setup, false)
      await settle()
      expect(ups).toBe(1)
      expect(paths).toHaveLength(1)
    })

    it('makes another offer when the lines are other ones after all', async () => {
      link.prepare({ ...setup, videoSlots: 9 })
      link.ahead()
      link.resume(setup, false)
      await vi.advanceTimersByTimeAsync(1_000)
      expect(paths).toHaveLength(2)
      expect(at(0).isClosed).toBe(true)
      expect(ups).toBe(1)
    })

    it('leaves a connection alone that is there', async () => {
      link.prepare(setup)
      link.ahead()
      link.resume(setup, false)
      await settle()
      at(0).become('connected')
      link.pause()
      link.ahead()
      link.resume(setup, true)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(paths).toHaveLength(1)
      expect(ups).toBe(1)
    })
  })

  it('does nothing more once closed', async () => {
    await up()
    link.close()
    at(0).become('failed')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(paths).toHaveLength(1)
  })
})
