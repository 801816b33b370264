import { describe, expect, it } from 'vitest'
import { shownOf } from './shown'

const told = {
  seq: 7,
  kind: 'live-class-started',
  title: 'Fractions has begun',
  text: 'Mathematics 7b',
  courseId: 'c1',
  liveClassId: 'k1',
  chatRoomId: null,
}

describe('a pushed notification', () => {
  it('leads into the class that has begun', () => {
    expect(shownOf(JSON.stringify(told))).toMatchObject({
      title: 'Fractions has begun',
      body: 'Mathematics 7b',
      path: 'class/k1',
      tag: 'k1',
    })
  })

  it('leads to what it is about', () => {
    const path = (change: object) => shownOf(JSON.stringify({ ...told, ...change })).path
    expect(path({ kind: 'live-class-starting-soon' }), 'as in the list of notifications').toBe('class/k1')
    expect(path({ kind: 'live-class-moved' })).toBe('live-classes/k1')
    expect(path({ kind: 'direct-message', liveClassId: null, chatRoomId: 'r1' })).toBe('chats/r1')
    expect(path({ kind: 'enrolled', liveClassId: null })).toBe('courses/c1')
    expect(path({ kind: 'something-new', liveClassId: null, courseId: null })).toBe('notifications')
  })

  it('tells times as they are where one is', () => {
    const { body } = shownOf(JSON.stringify({ ...told, text: 'Moved to 2026-11-24 04:07 UTC.' }))
    const there = new Date('2026-11-24T04:07Z')
    expect(body).toBe(
      `Moved to ${there.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}.`,
    )
  })

  it('is shown although it cannot be read', () => {
    for (const payload of ['', '{', 'null', '[]', '"x"', '{"text":5}'])
      expect(shownOf(payload)).toMatchObject({ title: 'Podium', path: 'notifications' })
  })
})
