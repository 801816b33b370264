import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ServerEventData } from '../protocol/protocol.gen'
import { RequestError } from '../protocol/room-socket'
import { person, policy } from '../testing/room'
import { FakeVisit, joined } from '../testing/session'
import { MemoryStorage } from '../testing/storage'
import { AWAY_AFTER_MS, LONG_AFTER_MS, LOST_AFTER_MS } from './entry'
import { ANSWER_WITHIN_MS } from './lifeline'
import { LOOK_EVERY_MS, MUTE_AFTER_MS } from './mic-watch'
import { MEDIA_AWAY_AFTER_MS } from './media'
import { bare } from '../testing/text'

describe('a visit that is interrupted', () => {
  const visits: FakeVisit[] = []
  const settle = () => vi.advanceTimersByTimeAsync(0)

  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(async () => {
    for (const visit of visits.splice(0)) await visit.session.leave()
    vi.useRealTimers()
  })

  async function enter(
    storage = new MemoryStorage(),
    prepare?: (visit: FakeVisit) => void,
  ): Promise<FakeVisit> {
    const visit = new FakeVisit(storage)
    visits.push(visit)
    prepare?.(visit)
    visit.socket.come()
    await settle()
    visit.paths.at(-1)?.become('connected')
    await settle()
    return visit
  }

  it('is shown more the longer it lasts, and is over at once', async () => {
    const { session, socket } = await enter()
    socket.go()
    expect(session.view.away).toBe('no')
    await vi.advanceTimersByTimeAsync(AWAY_AFTER_MS)
    expect(session.view.away).toBe('short')
    await vi.advanceTimersByTimeAsync(LONG_AFTER_MS - AWAY_AFTER_MS)
    expect(session.view.away).toBe('long')
    // A connection that comes and goes before one is in is the same absence.
    socket.answers['join-session'] = () => {
      throw new RequestError('internal', 'not yet')
    }
    socket.come()
    await settle()
    socket.go()
    await vi.advanceTimersByTimeAsync(LOST_AFTER_MS - LONG_AFTER_MS)
    expect(session.view.away).toBe('lost')
    session.retry()
    expect(socket.reconnects).toBe(1)
    socket.answers['join-session'] = () => joined({ resumed: true })
    socket.come()
    await settle()
    expect(session.view.away).toBe('no')
    await vi.advanceTimersByTimeAsync(LOST_AFTER_MS)
    expect(session.view.away).toBe('no')
  })

  it('is known of from the beginning, when the server cannot be reached', async () => {
    const visit = new FakeVisit()
    visits.push(visit)
    await vi.advanceTimersByTimeAsync(LOST_AFTER_MS)
    expect(visit.session.view).toMatchObject({ phase: 'connecting', away: 'lost' })
    visit.socket.come()
    await settle()
    expect(visit.session.view).toMatchObject({ phase: 'room', away: 'no' })
  })

  it('goes on trying while the database of the server is away', async () => {
    const { session, socket } = await enter()
    socket.go()
    socket.answers['join-session'] = () => {
      throw new RequestError('unavailable', 'the database is busy')
    }
    socket.come()
    await settle()
    expect(session.view.phase).toBe('room')
    socket.answers['join-session'] = () => joined({ resumed: true })
    await vi.advanceTimersByTimeAsync(AWAY_AFTER_MS)
    expect(session.view).toMatchObject({ phase: 'room', away: 'no' })
  })

  it('says that the media stand still, after a moment', async () => {
    const { session, paths, socket } = await enter()
    socket.answers.resync = () => ({ seq: 10, snapshot: null, missed: [], own: joined().own })
    paths[0]?.become('disconnected')
    await vi.advanceTimersByTimeAsync(MEDIA_AWAY_AFTER_MS - 1)
    expect(session.view.isMediaAway).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(session.view.isMediaAway).toBe(true)
    paths[0]?.become('connected')
    expect(session.view.isMediaAway).toBe(false)
  })

  describe('by the page being away', () => {
    it('asks at once whether the server is still there', async () => {
      const { socket, wake } = await enter()
      socket.answers.resync = () => {
        throw new RequestError('timeout', 'no answer')
      }
      wake?.onWake()
      await vi.advanceTimersByTimeAsync(ANSWER_WITHIN_MS)
      expect(socket.data('resync')).toHaveLength(1)
      expect(socket.reconnects, 'it did not answer').toBe(1)
    })

    it('leaves the server before it is frozen, and is back in its seat afterwards', async () => {
      const { session, socket, wake } = await enter()
      wake?.onFreeze()
      expect(socket).toMatchObject({ isResting: true, isConnected: false })
      expect(session.view.phase).toBe('room')
      wake?.onWake()
      expect(socket.reconnects).toBe(1)
      socket.answers['join-session'] = () => joined({ resumed: true, mediaKept: true })
      socket.come()
      await settle()
      expect(session.view).toMatchObject({ phase: 'room', away: 'no', selfId: 'me' })
      expect(socket.data('connect-media')).toHaveLength(1)
    })

    it('looks after its mic, unless a tutor muted it meanwhile', async () => {
      const { session, socket, devices, page, wake } = await enter()
      await session.toggle('mic')
      const [taken] = devices.tracks
      if (taken) taken.muted = true
      page.visibilityState = 'hidden'
      wake?.onWake()
      await settle()
      expect(devices.tracks, 'nobody is there').toHaveLength(1)
      page.visibilityState = 'visible'
      wake?.onWake()
      await settle()
      expect(devices.tracks).toHaveLength(2)
      devices.tracks[1]?.onmute?.()
      await vi.advanceTimersByTimeAsync(5_000)
      expect(session.view.on.mic).toBe(false)
      socket.push('muted', { byName: 'Emmy' })
      wake?.onWake()
      await settle()
      expect(session.view.on.mic).toBe(false)
    })
  })

  describe('by a reload', () => {
    async function reload(granted: readonly ('mic' | 'camera')[], storage = new MemoryStorage()) {
      const before = await enter(storage)
      await before.session.toggle('mic')
      await before.session.toggle('camera')
      await settle()
      // The page goes without a word.
      const after = await enter(storage, (visit) => {
        for (const source of granted) visit.granted.add(source)
      })
      return after.session
    }

    it('has the devices on that were, where the browser does not ask', async () => {
      const session = await reload(['mic', 'camera'])
      expect(session.view.on).toMatchObject({ mic: true, camera: true, screen: false })
      expect(session.view.notices).toEqual([])
    })

    it('offers what the browser would ask for', async () => {
      const session = await reload(['mic'])
      expect(session.view.on).toMatchObject({ mic: true, camera: false })
      const [notice] = session.view.notices
      expect(notice?.action?.label).toBe('Turn on')
      notice?.action?.run()
      await settle()
      expect(session.view.on.camera).toBe(true)
      notice?.action?.run()
      await settle()
      expect(session.view.on.camera, 'it is no switch').toBe(true)
    })

    it('brings nothing on that was locked meanwhile', async () => {
      const session = await reload([])
      const locked = { ...policy, micLocked: true, cameraLocked: true }
      const data = { seq: 11, policy: locked, byName: 'Emmy' }
      visits.at(-1)?.socket.push('room-policy-changed', data)
      for (const { action } of session.view.notices) action?.run()
      await settle()
      expect(session.view.on).toMatchObject({ mic: false, camera: false })
    })

    it('has the camera of a phone on again that rested when its page was thrown away', async () => {
      const storage = new MemoryStorage()
      const { session, page } = await enter(storage)
      session.capture.preferences.isPhone = true
      await session.toggle('camera')
      page.become('hidden')
      session.capture.stop('camera')
      const again = await enter(storage, (visit) => visit.granted.add('camera'))
      expect(again.session.view.on.camera).toBe(true)
      await again.session.toggle('camera')
      const off = await enter(storage, (visit) => visit.granted.add('camera'))
      expect(off.session.view.on.camera, 'somebody switched it off').toBe(false)
    })

    it('starts with all off in another class, and after leaving', async () => {
      const storage = new MemoryStorage()
      const first = await enter(storage)
      await first.session.toggle('mic')
      await first.session.leave()
      const { session } = await enter(storage, (visit) => visit.granted.add('mic'))
      expect(session.view.on.mic).toBe(false)
      expect(session.view.notices).toEqual([])
    })
  })

  it('tells who speaks into a mic that gives nothing', async () => {
    const { session, paths } = await enter()
    const [path] = paths
    if (!path) throw new Error('there is no connection')
    path.energy = 1
    await session.toggle('mic')
    await vi.advanceTimersByTimeAsync(MUTE_AFTER_MS + LOOK_EVERY_MS)
    expect(session.view.notices.map((notice) => notice.kind)).toEqual(['problem'])
    await session.toggle('mic')
    session.notifier.dismiss(session.view.notices[0]?.id ?? 0)
    await session.toggle('mic')
    for (let i = 0; i < 10; i++) {
      path.energy += 0.01
      await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS)
    }
    path.energy = null
    await vi.advanceTimersByTimeAsync(60_000)
    expect(session.view.notices, 'it gives something, or nobody can tell').toEqual([])
  })

  describe('by a server of another version', () => {
    const pushUnknown = (visit: FakeVisit, event: string, data: unknown) => {
      visit.socket.push(event as keyof ServerEventData, data as never)
    }

    it('goes on over events that it does not know', async () => {
      const visit = await enter()
      for (const data of [{ seq: 11, what: 'new' }, undefined, null, 'text', 7, [1]])
        pushUnknown(visit, 'breakout-opened', data)
      visit.socket.answers.resync = () => ({
        seq: 12,
        snapshot: null,
        missed: [
          { event: 'breakout-opened', data: { seq: 11 } },
          { event: 'user-joined', data: { seq: 12, user: person('ana'), added: true } },
        ],
      })
      visit.socket.push('user-joined', { seq: 12, user: person('ana') })
      await settle()
      expect(visit.session.view.room).toMatchObject({ seq: 12 })
      expect(visit.session.view.room?.users.map((user) => user.id)).toContain('ana')
    })

    it('goes on over a role, a step and a reason that it does not know', async () => {
      const visit = await enter()
      visit.socket.push('user-joined', { seq: 11, user: person('obs', { role: 'observer' as 'guest' }) })
      visit.socket.push('reception-changed', {
        reception: 'braille' as 'text',
        chosen: 'braille' as 'text',
        pinned: false,
        cause: 'weak-line',
      })
      visit.socket.push('connection-quality', { quality: 'superb' as 'good' })
      await settle()
      const { view } = visit.session
      expect(view.room?.users.map((user) => user.id)).toContain('obs')
      expect(view.reception.ladder).toMatchObject({ chosen: 'full', step: 'full' })
      expect(view.notices.map((notice) => bare(notice.text))).toEqual(['Obs joined'])
      visit.socket.push('removed', { reason: 'moved' as 'removed', message: 'The class moved.' })
      expect(visit.session.view).toMatchObject({
        phase: 'left',
        end: { reason: 'refused', message: 'The class moved.' },
      })
    })
  })
})
