import { expect, it } from 'vitest'
import type { Notification } from '../protocol/protocol.gen'
import { usualQuietHours, withWay } from './settings'
import { agoText, iconOf, localTimes, pathOf } from './shown'

const told: Notification = {
  seq: 1,
  kind: 'live-class-started',
  title: 'T',
  text: '',
  courseId: 'c',
  liveClassId: 'k',
  chatRoomId: null,
  createdAt: '2026-01-01T10:00:00Z',
  readAt: null,
}

it('leads to what it is about', () => {
  expect(pathOf(told)).toBe('/class/k')
  expect(pathOf({ ...told, kind: 'live-class-moved' })).toBe('/live-classes/k')
  expect(pathOf({ ...told, kind: 'direct-message', chatRoomId: 'r' })).toBe('/chats/r')
  expect(pathOf({ ...told, kind: 'enrolled', liveClassId: null })).toBe('/courses/c')
  expect(pathOf({ ...told, liveClassId: null, courseId: null })).toBeNull()
})

it('has an icon for kinds of a newer server', () => {
  expect(iconOf('direct-message')).toBe('chat')
  expect(iconOf('something-new' as Notification['kind'])).toBe('bell')
})

it('says how long ago, and never in the future', () => {
  const at = (iso: string) => agoText('2026-01-01T10:00:00Z', Date.parse(iso), 'en')
  expect(at('2026-01-01T10:00:20Z')).toBe('now')
  expect(at('2026-01-01T09:00:00Z')).toBe('now')
  expect(at('2026-01-01T10:05:59Z')).toBe('5 minutes ago')
  expect(at('2026-01-01T13:00:00Z')).toBe('3 hours ago')
  expect(at('2026-01-02T12:00:00Z')).toBe('yesterday')
})

it('changes one way of one kind', () => {
  const both = { inApp: true, push: true, email: true }
  const before = {
    channels: [
      { kind: 'enrolled' as const, ...both },
      { kind: 'direct-message' as const, ...both },
    ],
    quietHours: usualQuietHours('Asia/Tokyo'),
  }
  const after = withWay(before, 'enrolled', 'push', false)
  expect(after.channels).toEqual([{ kind: 'enrolled', ...both, push: false }, before.channels[1]])
  expect(after.quietHours).toEqual({ starts: '22:00', ends: '07:00', timeZone: 'Asia/Tokyo' })
})

it('tells times as they are where one is', () => {
  const write = (date: Date) => `<${date.toISOString()}>`
  expect(localTimes('Moved to 2026-11-24 04:07 UTC.', write)).toBe('Moved to <2026-11-24T04:07:00.000Z>.')
  expect(localTimes('The time is not set yet.', write)).toBe('The time is not set yet.')
})
