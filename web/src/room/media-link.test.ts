import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MediaLimits, Slot } from '../protocol/protocol.gen'
import { FakePath } from '../testing/path'
import { MediaLink } from './media-link'
import { CONNECTING_GRACE_MS, DISCONNECTED_GRACE_MS } from './reconnect'

const limits: MediaLimits = { audioSlots: 1, videoSlots: 1, mayPublish: ['mic', 'camera'] }

describe('MediaLink', () => {
  let paths: FakePath[]
  let link: MediaLink
  let answers: (() => Promise<{ answer: string; slots: Slot[] }>)[]
  let ups: number

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
    ups = 0
    link = new MediaLink({
      open: (_, onState) => {
        const path = new FakePath(onState)
        paths.push(path)
        return path
      },
      exchange: () => (answers.shift() ?? (() => Promise.resolve({ answer: '', slots: [] })))(),
      track: () => null,
      onUp: () => (ups += 1),
      random: () => 0,
    })
  })
  afterEach(() => {
    link.close()
    vi.useRealTimers()
  })

  async function up(): Promise<void> {
    link.resume(limits, false)
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
    link.resume(limits, true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(paths).toHaveLength(1)
    link.pause()
    link.resume(limits, false)
    await settle()
    expect(paths).toHaveLength(2)
    expect(at(0).isClosed).toBe(true)
  })

  it('replaces a failed connection at once, one that is disconnected only after a while', async () => {
    await up()
    at(0).become('disconnected')
    await vi.advanceTimersByTimeAsync(DISCONNECTED_GRACE_MS - 1)
    at(0).become('connected')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(paths).toHaveLength(1)
    at(0).become('disconnected')
    await vi.advanceTimersByTimeAsync(DISCONNECTED_GRACE_MS)
    expect(paths).toHaveLength(2)
    at(1).become('connected')
    at(1).become('failed')
    await settle()
    expect(paths).toHaveLength(3)
  })

  it('gives up a connection that never comes up', async () => {
    link.resume(limits, false)
    await settle()
    at(0).become('connecting')
    await vi.advanceTimersByTimeAsync(CONNECTING_GRACE_MS)
    expect(paths).toHaveLength(2)
  })

  it('waits for the socket before it offers again', async () => {
    await up()
    link.pause()
    at(0).become('failed')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(paths).toHaveLength(1)
    link.resume(limits, true)
    await settle()
    expect(paths).toHaveLength(2)
  })

  it('makes the same offer again, later each time, and keeps the old connection until it is answered', async () => {
    await up()
    const refuse = () => Promise.reject(new Error('media_unavailable'))
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
    link.resume(limits, false)
    link.renew()
    link.renew()
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
    link.resume(limits, false)
    await settle()
    const track = {} as MediaStreamTrack
    await link.setTrack('mic', track)
    release()
    await settle()
    expect(at(0).sent.get('mic')).toBe(track)
  })

  it('does nothing more once closed', async () => {
    await up()
    link.close()
    at(0).become('failed')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(paths).toHaveLength(1)
  })
})
