import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RequestError } from '../protocol/room-socket'
import type { FakePath } from '../testing/path'
import { FakeVisit, joined } from '../testing/session'
import type { FakeSocket } from '../testing/socket'
import { ANSWER_WITHIN_MS } from './lifeline'
import type { Session } from './session'

describe('the media of a session', () => {
  let visit: FakeVisit
  let socket: FakeSocket
  let session: Session
  let paths: FakePath[]

  const settle = () => vi.advanceTimersByTimeAsync(0)

  beforeEach(() => {
    vi.useFakeTimers()
    visit = new FakeVisit()
    ;({ socket, session, paths } = visit)
  })
  afterEach(async () => {
    await session.leave()
    vi.useRealTimers()
  })

  async function enter(): Promise<void> {
    socket.come()
    await settle()
    paths.at(-1)?.become('connected')
    await settle()
  }

  describe('what it receives', () => {
    it('tells its step again to a new seat only, and is silent on the last one', async () => {
      await enter()
      session.reception.choose('text')
      expect(visit.playing).toBe(0)
      socket.go()
      socket.answers['join-session'] = () =>
        joined({
          resumed: true,
          mediaKept: true,
          own: { results: [], votes: [], tutor: null, reception: 'text' },
        })
      socket.come()
      await settle()
      expect(socket.data('set-reception')).toEqual([{ reception: 'text', pinned: false }])
      socket.go()
      socket.answers['join-session'] = () => joined()
      socket.come()
      await settle()
      expect(socket.data('set-reception')).toHaveLength(2)
      session.reception.choose('audio')
      expect(visit.playing).toBe(1)
      expect(session.view.reception.ladder).toMatchObject({ chosen: 'audio', step: 'audio' })
    })

    it('wishes for what is shown, and anew after coming back', async () => {
      await enter()
      session.reception.wishes.show([{ participantId: 'tutor', source: 'camera', place: 'stage' }])
      session.reception.wishes.measure('stage', 720)
      await vi.advanceTimersByTimeAsync(100)
      const wish = { wishes: [{ participantId: 'tutor', source: 'camera', height: 720 }] }
      expect(socket.data('set-wishes')).toEqual([wish])
      visit.page.become('hidden')
      await vi.advanceTimersByTimeAsync(500)
      expect(socket.data('set-wishes').at(-1)).toEqual({ wishes: [{ ...wish.wishes[0], height: 0 }] })
      socket.go()
      socket.come()
      await vi.advanceTimersByTimeAsync(500)
      expect(socket.data('set-wishes')).toHaveLength(3)
    })

    it('shows what the server says of the line', async () => {
      await enter()
      socket.push('connection-quality', { quality: 'poor' })
      expect(session.view.reception.quality).toBe('poor')
      socket.push('reception-changed', {
        reception: 'audio',
        chosen: 'full',
        pinned: false,
        cause: 'weak-line',
      })
      expect(session.view.reception.ladder).toMatchObject({ chosen: 'full', step: 'audio' })
      session.view.notices.at(-1)?.action?.run()
      await settle()
      expect(socket.data('set-reception')).toEqual([{ reception: 'full', pinned: true }])
    })
  })

  it('encodes no more than somebody takes', async () => {
    await enter()
    socket.push('layers-wanted', { source: 'camera', layers: ['q'] })
    expect(paths[0]?.layers.get('camera')).toEqual(['q'])
  })

  describe('a change of network', () => {
    const resumed = () =>
      joined({ resumed: true, mediaKept: true, iceServers: [{ urls: ['turn:new.example'] }] })

    it('keeps the seat and the connection, with new addresses', async () => {
      await enter()
      socket.answers['join-session'] = resumed
      socket.answers['restart-ice'] = () => ({ answer: '', slots: [] })
      visit.moveNetwork()
      expect(socket.reconnects).toBe(1)
      socket.come()
      await vi.advanceTimersByTimeAsync(1_000)
      expect(socket.data('restart-ice')).toEqual([{ offer: 'restart' }])
      expect(paths[0]?.restarts).toEqual([[{ urls: ['turn:new.example'] }]])
      expect(socket.data('connect-media')).toHaveLength(1)
    })

    it('is also noticed by what does not arrive any more', async () => {
      await enter()
      socket.answers.resync = () => {
        throw new RequestError('timeout', 'no answer')
      }
      paths[0]?.become('disconnected')
      await vi.advanceTimersByTimeAsync(ANSWER_WITHIN_MS)
      expect(socket.reconnects).toBe(1)
    })

    it('is noticed before the browser does, when a steady flow has ceased', async () => {
      await enter()
      const [path] = paths
      if (!path) throw new Error('there is no connection')
      socket.answers.resync = () => {
        throw new RequestError('timeout', 'no answer')
      }
      for (let at = 0; at < 5_000; at += 250) {
        path.lastArrival = at
        await vi.advanceTimersByTimeAsync(250)
      }
      expect(socket.data('resync')).toEqual([])
      await vi.advanceTimersByTimeAsync(1_000)
      expect(socket.reconnects).toBe(1)
    })

    it('leaves a socket alone that answers', async () => {
      await enter()
      socket.answers.resync = () => ({ seq: 10, snapshot: null, missed: [], own: joined().own })
      paths[0]?.become('disconnected')
      await settle()
      expect(socket.data('resync')).toHaveLength(1)
      expect(socket.reconnects).toBe(0)
    })
  })

  it('says so when the server is full, and asks again', async () => {
    socket.answers['connect-media'] = () => {
      throw new RequestError('overloaded', 'full')
    }
    await enter()
    expect(session.view).toMatchObject({ phase: 'room', isServerFull: true })
    socket.answers['connect-media'] = () => ({ answer: '', slots: [] })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(session.view.isServerFull).toBe(false)
  })
})
