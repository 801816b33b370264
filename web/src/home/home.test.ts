import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Course, LiveClass, Me } from '../protocol/protocol.gen'
import { RestClient } from '../protocol/rest'
import { liveClass } from '../testing/room'
import { FakeSocket } from '../testing/socket'
import { ALL } from './filter'
import { Home, type HomePorts } from './home'

const me: Me = {
  id: 'emmy',
  name: 'Emmy',
  isAdmin: false,
  provider: 'local',
  username: 'emmy',
  email: null,
  createdAt: '2026-01-01T10:00:00Z',
  hasPassword: true,
}
const course: Course = {
  id: 'maths',
  title: 'Mathematics',
  description: '',
  role: 'tutor',
  sectionId: null,
  memberCount: 1,
  createdBy: 'emmy',
  createdAt: '2026-01-01T10:00:00Z',
  archivedAt: null,
}
const planned = (id: string, over: Partial<LiveClass> = {}): LiveClass => ({
  ...liveClass,
  id,
  courseId: 'maths',
  status: 'scheduled',
  scheduledAt: '2026-03-02T10:00:00Z',
  startedAt: null,
  ...over,
})

describe('Home', () => {
  let socket: FakeSocket
  let home: Home
  let ports: HomePorts
  let asked: string[]
  let courses: Course[]
  let upcoming: LiveClass[]
  /** Pages of what has ended, by cursor. */
  let ended: Record<string, { items: LiveClass[]; nextCursor: string | null }>
  let live: LiveClass[]
  let cancelled: LiveClass[]
  let isDown: boolean
  let isAnswerLost: boolean
  /** Classes that were made, which nobody was told. */
  let lost: Set<unknown>
  let renewals: number
  let gate: Promise<void>

  const settle = () => vi.advanceTimersByTimeAsync(0)
  const ids = (section: 'live' | 'upcoming' | 'past') => home.view.sections[section].map((one) => one.id)
  const lists = () => asked.filter((one) => one.startsWith('GET /api/v1/courses')).length

  beforeEach(() => {
    vi.useFakeTimers()
    socket = new FakeSocket()
    asked = []
    courses = [course]
    upcoming = [planned('soon')]
    ended = {}
    live = []
    cancelled = []
    isDown = isAnswerLost = false
    lost = new Set()
    renewals = 0
    gate = Promise.resolve()
    const rest = new RestClient('token', async (input, init) => {
      const path = input instanceof Request ? input.url : String(input)
      const one = `${init?.method ?? ''} ${path}`
      asked.push(one)
      await gate
      if (isDown) throw new TypeError('failed')
      const list = (items: object[]) => Response.json({ items, nextCursor: null })
      if (one.startsWith('GET /api/v1/courses')) return list(courses)
      if (one.includes('status=upcoming')) return list(upcoming)
      if (one.includes('status=live')) return list(live)
      if (one.includes('status=ended'))
        return Response.json(
          ended[/cursor=(\w+)/.exec(one)?.[1] ?? 'first'] ?? { items: [], nextCursor: null },
        )
      if (one.includes('status=cancelled')) return list(cancelled)
      const id = /^GET .*\/live-classes\/(\w+)$/.exec(one)?.[1]
      if (id !== undefined) return Response.json(planned(id))
      if (one.startsWith('GET')) return list([])
      if (one === 'POST /api/v1/courses') return Response.json({ ...course, id: 'new' })
      if (one === 'POST /api/v1/live-classes') {
        const { id, courseId, title } = JSON.parse(init?.body as string) as Pick<
          LiveClass,
          'id' | 'courseId' | 'title'
        >
        if (lost.has(id)) return Response.json({ code: 'already_exists' }, { status: 409 })
        if (isAnswerLost) {
          lost.add(id)
          throw new TypeError('the network went away')
        }
        return Response.json(planned('made', { courseId, title, scheduledAt: null }))
      }
      return Response.json(planned('made', { status: 'live' }))
    })
    ports = {
      me,
      rest,
      socket,
      origin: 'https://x.example',
      account: {
        renew: () => {
          renewals += 1
          return Promise.resolve(null)
        },
      },
    }
    home = new Home(ports)
    home.open()
  })
  afterEach(() => {
    home.close()
    vi.useRealTimers()
  })

  it('lists once it is connected, and soon without a connection', async () => {
    await vi.advanceTimersByTimeAsync(499)
    expect(lists()).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(home.view.isLoaded).toBe(true)
    expect(ids('upcoming')).toEqual(['soon'])
  })

  it('follows what happens', async () => {
    socket.come()
    await settle()
    const started = planned('soon', { status: 'live', startedAt: '2026-03-02T10:00:00Z' })
    socket.push('live-class-started', { liveClass: started })
    expect(ids('live')).toEqual(['soon'])
    socket.push('live-class-ended', { liveClass: { ...started, status: 'ended' }, reason: 'tutor' })
    expect(ids('past')).toEqual(['soon'])
    expect(lists()).toBe(1)
  })

  it('keeps what came while the lists were on their way', async () => {
    let open: () => void = () => undefined
    gate = new Promise((resolve) => (open = resolve))
    socket.come()
    await settle()
    socket.push('live-class-started', { liveClass: planned('soon', { status: 'live' }) })
    open()
    await settle()
    expect(ids('live')).toEqual(['soon'])
    expect(ids('upcoming')).toEqual([])
  })

  it('looks again after it was away, and for what a new enrolment opens', async () => {
    socket.come()
    await settle()
    socket.go()
    await settle()
    expect(home.view.isAway).toBe(true)
    upcoming = []
    socket.come()
    await settle()
    expect(home.view.isAway).toBe(false)
    expect(ids('upcoming')).toEqual([])
    courses = [course, { ...course, id: 'art', role: 'student' }]
    socket.push('enrolment-changed', { courseId: 'art', sectionId: null, role: 'student' })
    await settle()
    expect([...home.view.agenda.courses.keys()]).toEqual(['maths', 'art'])
  })

  it('shows what is over page by page, without a gap', async () => {
    const over = (id: string, endedAt: string) =>
      planned(id, { status: 'ended', scheduledAt: endedAt, endedAt })
    cancelled = [planned('off', { status: 'cancelled', scheduledAt: '2026-01-15T10:00:00Z' })]
    ended = {
      first: {
        items: [over('c', '2026-03-01T10:00:00Z'), over('b', '2026-02-01T10:00:00Z')],
        nextCursor: 'x',
      },
      x: { items: [over('a', '2026-01-01T10:00:00Z')], nextCursor: null },
    }
    socket.come()
    await settle()
    expect(ids('past')).toEqual(['c', 'b'])
    expect(home.view.hasMorePast).toBe(true)
    await home.more('past')
    expect(ids('past')).toEqual(['c', 'b', 'off', 'a'])
    expect(home.view.hasMorePast).toBe(false)
    await home.reload()
    expect(ids('past')).toEqual(['c', 'b', 'off', 'a'])
  })

  it('asks for what is looked for, and leaves out what comes beside it', async () => {
    socket.come()
    await settle()
    asked.length = 0
    const looking = home.look({ ...ALL, courseId: 'maths', status: 'scheduled', type: 'quiz' })
    expect(home.view.isBusy).toBe(true)
    await looking
    expect(home.view).toMatchObject({ isBusy: false, filter: { type: 'quiz' } })
    expect(asked.filter((one) => one.includes('live-classes'))).toHaveLength(1)
    expect(asked.join()).toContain('status=upcoming&courseId=maths')
    expect(ids('upcoming')).toEqual([])
    socket.push('live-class-scheduled', { liveClass: planned('test', { type: 'quiz' }) })
    socket.push('live-class-scheduled', { liveClass: planned('talk') })
    expect(ids('upcoming')).toEqual(['test'])
    await home.look(ALL)
    expect(ids('upcoming')).toEqual(['soon'])
  })

  it('counts those who are in the classes that run', async () => {
    socket.come()
    await settle()
    await home.count()
    const before = asked.length
    live = [planned('soon', { status: 'live', participantCount: 7 })]
    await home.count()
    expect(asked).toHaveLength(before)
    socket.push('live-class-started', { liveClass: planned('soon', { status: 'live' }) })
    await home.count()
    expect(home.view.sections.live[0]?.participantCount).toBe(7)
  })

  it('says what is wrong, and tries until it is right', async () => {
    isDown = true
    socket.come()
    await settle()
    expect(home.view).toMatchObject({ isLoaded: false })
    expect(home.view.problem).not.toBe('')
    isDown = false
    await vi.advanceTimersByTimeAsync(1_000)
    expect(home.view).toMatchObject({ isLoaded: true, problem: '' })
  })

  it('starts a class in the course that is there', async () => {
    socket.come()
    await settle()
    await expect(home.startNow('Today', 'Mine')).resolves.toBe('made')
    expect(asked.filter((one) => one.startsWith('POST'))).toEqual([
      'POST /api/v1/live-classes',
      'POST /api/v1/live-classes/made/start',
    ])
  })

  it('starts the class that it made before, when it was not told that it had', async () => {
    socket.come()
    await settle()
    isAnswerLost = true
    await expect(home.startNow('Today', 'Mine')).rejects.toMatchObject({ code: 'offline' })
    isAnswerLost = false
    const id = await home.startNow('Today', 'Mine')
    expect([...lost]).toEqual([id])
    expect(asked.at(-1)).toBe(`POST /api/v1/live-classes/${id}/start`)
    await expect(home.startNow('Today', 'Mine'), 'another one').resolves.toBe('made')
  })

  it('makes the first course for the first class', async () => {
    courses = []
    upcoming = []
    socket.come()
    await settle()
    await home.startNow('Today', 'Mine')
    expect(asked.filter((one) => one.startsWith('POST'))[0]).toBe('POST /api/v1/courses')
    expect(home.view.agenda.classes.get('made')?.courseId).toBe('new')
  })

  it('lists one course alone where it is asked to, whatever begins in others', async () => {
    home.close()
    home = new Home({ ...ports, courseId: 'maths' })
    home.open()
    socket.come()
    await settle()
    const elsewhere = planned('other', { courseId: 'art', status: 'live' })
    const before = asked.length
    socket.push('live-class-started', { liveClass: elsewhere })
    expect(ids('live')).toEqual([])
    socket.push('enrolment-changed', { courseId: 'art', sectionId: null, role: 'student' })
    socket.push('live-class-started', { liveClass: planned('soon', { status: 'live' }) })
    await settle()
    expect([ids('live'), asked.length]).toEqual([['soon'], before])
  })

  it('lets the account find out when its connection is refused', () => {
    socket.refuse('expired')
    expect(renewals).toBe(1)
  })
})
