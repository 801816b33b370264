import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Joined, RoomPolicy } from '../protocol/protocol.gen'
import { RequestError } from '../protocol/room-socket'
import type { FakePath } from '../testing/path'
import { liveClass, message, person, policy } from '../testing/room'
import { FakeVisit, joined, me } from '../testing/session'
import { MemoryStorage } from '../testing/storage'
import type { FakeSocket } from '../testing/socket'
import { AWAY_AFTER_MS } from './entry'
import type { Seat } from './seat'
import type { Session } from './session'
import { bare } from '../testing/text'

describe('Session', () => {
  let visit: FakeVisit
  let socket: FakeSocket
  let session: Session
  let seat: Seat
  let paths: FakePath[]

  const settle = () => vi.advanceTimersByTimeAsync(0)
  const refuse = (code: 'not_live' | 'class_full' | 'room_locked' | 'forbidden' | 'internal') => () => {
    throw new RequestError(code, `because ${code}`)
  }

  beforeEach(() => {
    vi.useFakeTimers()
    visit = new FakeVisit()
    ;({ socket, session, seat, paths } = visit)
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

  it('takes its seat, connects media once and tells that all is off', async () => {
    await enter()
    expect(session.view).toMatchObject({ phase: 'room', selfId: 'me' })
    expect(session.view.room?.users.map((user) => user.id)).toEqual(['me', 'tutor'])
    expect(socket.data('join-session')).toEqual([{ liveClassId: 'demo', seatKey: seat.key }])
    expect(socket.data('connect-media')).toHaveLength(1)
    expect(socket.data('update-media-state')).toEqual([
      { isAudioOn: false, isVideoOn: false, isScreenOn: false },
    ])
    expect(seat.isPresent).toBe(true)
  })

  it('offers its lines together with the wish to join, where it was told their number before', async () => {
    visit = new FakeVisit(new MemoryStorage(), { audioSlots: 1, videoSlots: 1, iceServers: [] })
    ;({ socket, session, paths } = visit)
    // The answer takes its time: the offer does not wait for it.
    let admit: () => void = () => undefined
    const admitted = new Promise<void>((resolve) => (admit = resolve))
    socket.answers['join-session'] = async () => {
      await admitted
      return joined()
    }
    socket.answers['connect-media'] = async () => {
      await admitted
      return { answer: '', slots: [] }
    }
    await enter()
    expect(socket.asked.map(({ event }) => event)).toEqual(['join-session', 'connect-media'])
    expect(session.view.phase).toBe('connecting')
    admit()
    await settle()
    expect(session.view).toMatchObject({ phase: 'room', mediaEpoch: 1 })
    expect(paths).toHaveLength(1)
  })

  it('waits for a class that is not live, and comes in by itself', async () => {
    socket.answers['join-session'] = refuse('not_live')
    await enter()
    expect(session.view.phase).toBe('waiting')
    socket.answers['join-session'] = () => joined()
    socket.push('live-class-started', { liveClass: { ...liveClass, id: 'other' } })
    await settle()
    expect(session.view.phase).toBe('waiting')
    socket.push('live-class-started', { liveClass })
    await settle()
    expect(session.view.phase).toBe('room')
    expect(visit.started).toBe(1)
  })

  it('tries again what passes, and ends with what does not', async () => {
    socket.answers['join-session'] = refuse('internal')
    await enter()
    expect(session.view.phase).toBe('connecting')
    socket.answers['join-session'] = refuse('class_full')
    await vi.advanceTimersByTimeAsync(600)
    expect(session.view).toMatchObject({ phase: 'left', end: { reason: 'full' } })
    expect(socket.isClosed).toBe(true)
  })

  it('says that it is away only after a while, and comes back with what it knows', async () => {
    await enter()
    socket.go()
    await vi.advanceTimersByTimeAsync(AWAY_AFTER_MS - 1)
    expect(session.view.away).toBe('no')
    await vi.advanceTimersByTimeAsync(1)
    expect(session.view).toMatchObject({ away: 'short', phase: 'room' })
    const missed: Joined['missed'] = [{ event: 'user-joined', data: { seq: 11, user: person('ana') } }]
    const chat = { roomId: 'chat-1', seq: 1, reset: false, messages: [message('m1')] }
    socket.answers['join-session'] = () =>
      joined({ resumed: true, mediaKept: true, seq: 11, snapshot: null, missed, chat })
    socket.come()
    await settle()
    expect(session.view.away).toBe('no')
    expect(socket.data('join-session')[1]).toMatchObject({
      lastSeq: 10,
      sessionId: 'session-1',
      lastChatSeq: 0,
    })
    expect(session.view.room?.users.map((user) => user.id)).toContain('ana')
    expect(session.view.messages.map((one) => one.id)).toEqual(['m1'])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(socket.data('connect-media'), 'media went on over the drop').toHaveLength(1)
    expect(socket.data('update-media-state')).toHaveLength(2)
  })

  it('makes media anew at once when it comes back to a server that has it no more', async () => {
    await enter()
    socket.go()
    socket.answers['join-session'] = () => joined({ resumed: true, mediaKept: false })
    socket.come()
    await settle()
    expect(socket.data('connect-media')).toHaveLength(2)
  })

  it('makes media anew when the server lost it', async () => {
    await enter()
    socket.push('media-reset', { reason: 'worker' })
    await vi.advanceTimersByTimeAsync(300)
    expect(socket.data('connect-media')).toHaveLength(2)
    expect(session.view.mediaEpoch).toBe(2)
  })

  it('asks for what is missing when it sees a gap', async () => {
    await enter()
    socket.answers.resync = () => ({
      seq: 12,
      snapshot: null,
      missed: [
        { event: 'user-joined', data: { seq: 11, user: person('ana') } },
        { event: 'user-joined', data: { seq: 12, user: person('ben') } },
      ],
    })
    socket.push('user-left', { seq: 13, participantId: 'ana', reason: 'left' })
    await settle()
    expect(socket.data('resync')).toEqual([{ lastSeq: 10 }])
    expect(session.view.room?.users.map((user) => user.id)).toEqual(['ben', 'me', 'tutor'])
    expect(session.view.room?.seq).toBe(13)
  })

  it('tells the state of its devices, and switches off when muted', async () => {
    await enter()
    await session.toggle('mic')
    await settle()
    expect(socket.data('update-media-state').at(-1)).toMatchObject({ isAudioOn: true })
    expect(paths[0]?.sent.get('mic')).toBe(session.capture.track('mic'))
    socket.push('muted', { byName: 'Emmy' })
    await settle()
    expect(session.view.on.mic).toBe(false)
    expect(socket.data('update-media-state').at(-1)).toMatchObject({ isAudioOn: false })
    expect(session.view.notices.map((notice) => bare(notice.text))).toContain('Emmy muted you')
  })

  it('sends a message once, also when the line was cut before the answer', async () => {
    await enter()
    socket.go()
    session.chat.write('  hello ')
    session.chat.write('   ')
    expect(session.view.pending.map((item) => item.text)).toEqual(['hello'])
    socket.answers['send-message'] = ({ id, text }: { id: string; text: string }) => ({
      message: message(id, { text }),
    })
    socket.come()
    await settle()
    expect(session.view.pending).toEqual([])
    expect(session.view.messages.map((one) => one.text)).toEqual(['hello'])
    expect(socket.data('send-message')).toHaveLength(1)
  })

  it.each([
    [
      'removed',
      () => {
        socket.push('removed', { reason: 'removed', message: 'x' })
      },
    ],
    [
      'replaced',
      () => {
        socket.push('removed', { reason: 'replaced', message: 'x' })
      },
    ],
    [
      'ended',
      () => {
        socket.push('live-class-ended', { liveClass: { ...liveClass, status: 'ended' }, reason: 'tutor' })
      },
    ],
    [
      'refused',
      () => {
        socket.refuse('expired')
      },
    ],
  ] as const)('is over when %s, with every device off', async (reason, happen) => {
    await enter()
    await session.toggle('camera')
    happen()
    await settle()
    expect(session.view).toMatchObject({ phase: 'left', end: { reason }, on: { camera: false } })
    expect(seat.isPresent).toBe(false)
    expect(socket.isClosed).toBe(true)
    expect(paths.every((path) => path.isClosed)).toBe(true)
  })

  it('gives its seat up when it leaves', async () => {
    await enter()
    await session.leave()
    expect(socket.data('leave-session')).toHaveLength(1)
    expect(session.view.end?.reason).toBe('left')
  })

  it('finds the class ended when it was refreshed meanwhile', async () => {
    seat.enter()
    socket.answers['join-session'] = refuse('not_live')
    await enter()
    expect(session.view.end?.reason).toBe('ended')
  })

  it('finds the class ended when it comes back too late', async () => {
    await enter()
    socket.go()
    socket.answers['join-session'] = refuse('not_live')
    socket.come()
    await settle()
    expect(session.view.end?.reason).toBe('ended')
  })

  describe('at the door', () => {
    const atDoor = () =>
      joined({ admission: 'waiting', participantId: 'place', seq: 0, snapshot: null, own: null })

    it('waits until a tutor lets it in, also over a lost connection', async () => {
      socket.answers['join-session'] = atDoor
      await enter()
      expect(session.view).toMatchObject({ phase: 'waiting', waitingFor: 'admission', room: null })
      expect(socket.data('connect-media')).toHaveLength(0)
      expect(seat.isPresent).toBe(false)
      socket.go()
      socket.come()
      await settle()
      expect(socket.data('join-session')).toHaveLength(2)
      socket.answers['join-session'] = () => joined()
      socket.push('admitted', {})
      await settle()
      expect(session.view).toMatchObject({ phase: 'room', selfId: 'me' })
      expect(visit.started).toBe(1)
    })

    it('ends when it is not let in, or when the class ends meanwhile', async () => {
      socket.answers['join-session'] = atDoor
      await enter()
      socket.push('removed', { reason: 'denied', message: 'no' })
      expect(session.view).toMatchObject({ phase: 'left', end: { reason: 'denied' } })
    })

    it('does not stay there when the class ends', async () => {
      socket.answers['join-session'] = atDoor
      await enter()
      const ended = { ...liveClass, status: 'ended' as const }
      socket.push('live-class-ended', { liveClass: ended, reason: 'tutor' })
      expect(session.view).toMatchObject({ phase: 'left', end: { reason: 'ended' } })
    })

    it('says that the class is locked', async () => {
      socket.answers['join-session'] = refuse('room_locked')
      await enter()
      expect(session.view).toMatchObject({ phase: 'left', end: { reason: 'locked' } })
    })
  })

  it('shows tutors who waits, also after coming back', async () => {
    const waiting = (name: string) => ({
      participantId: name,
      userId: name,
      name,
      role: 'student' as const,
      since: me.joinedAt,
    })
    const own = (...names: string[]) => ({
      results: [],
      votes: [],
      tutor: { waiting: names.map(waiting), polls: [] },
    })
    socket.answers['join-session'] = () => joined({ own: own('Ana') })
    await enter()
    expect(session.view.room?.waiting.map((one) => one.name)).toEqual(['Ana'])
    socket.push('waiting-changed', { people: [waiting('Ana'), waiting('Ben')] })
    expect(bare(session.view.notices.at(-1)?.text ?? '')).toBe('Ben waits to be let in')
    socket.go()
    socket.answers['join-session'] = () =>
      joined({ resumed: true, mediaKept: true, snapshot: null, own: own('Ben') })
    socket.come()
    await settle()
    expect(session.view.room?.waiting.map((one) => one.name)).toEqual(['Ben'])
  })

  describe('locks', () => {
    const lock = (over: Partial<RoomPolicy>, seq: number) => {
      socket.push('room-policy-changed', { seq, policy: { ...policy, ...over }, byName: 'Hypatia' })
    }
    const texts = () => session.view.notices.map((notice) => bare(notice.text))

    it('switch off what is on, say who did it, and keep it off', async () => {
      await enter()
      await session.toggle('mic')
      expect(session.view.on.mic).toBe(true)
      lock({ micLocked: true }, 11)
      await settle()
      expect(session.view.on.mic).toBe(false)
      expect(texts()).toContain('Hypatia locked microphones')
      expect([...session.view.locked]).toEqual(['mic'])
      await session.toggle('mic')
      expect(session.view.on.mic).toBe(false)
      expect(socket.data('update-media-state').at(-1)).toMatchObject({ isAudioOn: false })
      lock({}, 12)
      await session.toggle('mic')
      expect(session.view.on.mic).toBe(true)
    })

    it('open for whoever is let speak', async () => {
      await enter()
      lock({ micLocked: true }, 11)
      const hands = [{ participantId: 'me', raisedAt: me.joinedAt, isAnswered: true }]
      socket.push('hands-changed', { seq: 12, hands })
      socket.push('may-speak', { byName: 'Hypatia' })
      expect(session.view.offer).toBe('Hypatia')
      expect(session.view.on.mic, 'nobody is forced on').toBe(false)
      await session.toggle('mic')
      expect(session.view.on.mic).toBe(true)
      socket.push('hands-changed', { seq: 13, hands: [] })
      expect(session.view.on.mic).toBe(false)
    })
  })

  it('says that the class ends without a tutor, and that it goes on', async () => {
    await enter()
    const at = new Date(Date.now() + 5 * 60_000).toISOString()
    socket.push('session-ending-soon', { seq: 11, at, reason: 'no-tutor' })
    expect(session.view.notices.at(-1)?.text).toBe('The class ends in 5 minutes, unless a tutor comes')
    expect(session.view.room?.ending?.at).toBe(at)
    socket.push('session-ending-cancelled', { seq: 12 })
    expect(session.view.room?.ending).toBeNull()
  })
})
