import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RestClient } from '../protocol/rest'
import { liveClass } from '../testing/room'
import { FakeSocket } from '../testing/socket'
import { ClassWatch } from './class-watch'

describe('ClassWatch', () => {
  let socket: FakeSocket
  let watch: ClassWatch
  let asked: string[]
  let title: string
  let answer: 'well' | 'missing' | 'down'
  let renewals: number

  const settle = () => vi.advanceTimersByTimeAsync(0)
  const looks = () => asked.filter((path) => path.endsWith('/live-classes/demo')).length

  beforeEach(() => {
    vi.useFakeTimers()
    socket = new FakeSocket()
    asked = []
    title = 'Physics'
    answer = 'well'
    renewals = 0
    const rest = new RestClient('token', (input) => {
      const path = input instanceof Request ? input.url : String(input)
      asked.push(path)
      if (answer === 'down') return Promise.reject(new TypeError('failed'))
      if (answer === 'missing')
        return Promise.resolve(Response.json({ code: 'not_found', detail: 'gone' }, { status: 404 }))
      if (path.includes('/roster'))
        return Promise.resolve(Response.json({ items: [{ userId: 'emmy', name: 'Emmy' }], nextCursor: null }))
      if (path.endsWith('/sections'))
        return Promise.resolve(Response.json({ items: [{ id: 'b', name: 'Morning' }] }))
      if (path.endsWith('/courses/course'))
        return Promise.resolve(Response.json({ id: 'course', title: 'Science' }))
      return Promise.resolve(
        Response.json({ ...liveClass, title, sectionId: 'b', connected: [], recurrence: null }),
      )
    })
    const account = {
      renew: () => {
        renewals += 1
        return Promise.resolve(null)
      },
    }
    watch = new ClassWatch('demo', { rest, socket, account })
    watch.open()
  })
  afterEach(() => {
    watch.close()
    vi.useRealTimers()
  })

  it('knows the class, its course, its section and who teaches', async () => {
    socket.come()
    await settle()
    expect(watch.view).toMatchObject({
      details: { title: 'Physics' },
      course: { title: 'Science' },
      section: { name: 'Morning' },
      tutors: [{ name: 'Emmy' }],
    })
  })

  it('looks again when it is about this class, and asks for the course once', async () => {
    socket.come()
    await settle()
    title = 'Motion'
    socket.push('live-class-updated', { liveClass: { ...liveClass, id: 'other' } })
    await settle()
    expect(watch.view.details?.title).toBe('Physics')
    socket.push('live-class-updated', { liveClass })
    socket.push('live-class-updated', { liveClass })
    await settle()
    expect(watch.view.details?.title).toBe('Motion')
    expect(looks()).toBe(3)
    expect(asked.filter((path) => path.endsWith('/courses/course'))).toHaveLength(1)
  })

  it('says when the class is gone', async () => {
    socket.come()
    await settle()
    socket.push('live-class-deleted', { liveClassId: 'demo', courseId: 'course' })
    await settle()
    expect(watch.view).toMatchObject({ details: null, isGone: true })
  })

  it('says when there is none for this person', async () => {
    answer = 'missing'
    socket.come()
    await settle()
    expect(watch.view.isGone).toBe(true)
  })

  it('tries again without a server, and keeps what it knows', async () => {
    socket.come()
    await settle()
    answer = 'down'
    await watch.look()
    expect(watch.view.problem).not.toBe('')
    expect(watch.view.details?.title).toBe('Physics')
    answer = 'well'
    await vi.advanceTimersByTimeAsync(2_000)
    expect(watch.view.problem).toBe('')
  })

  it('lets the account find out when its connection is refused', () => {
    socket.refuse('expired')
    expect(renewals).toBe(1)
  })
})
