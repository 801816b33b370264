import { expect, it } from 'vitest'
import { message } from '../testing/room'
import { unreadCount } from './unread'

const messages = [
  message('1', { seq: 1 }),
  message('2', { seq: 2, userId: 'me' }),
  message('3', { seq: 3 }),
  message('4', { seq: 4 }),
]

it('counts what others wrote after the place that was seen', () => {
  expect(unreadCount(messages, 1, 'me')).toBe(2)
  expect(unreadCount(messages, 4, 'me')).toBe(0)
  expect(unreadCount(messages, 0, 'me')).toBe(3)
})

it('counts no message again when the one that was seen was deleted or is not kept any more', () => {
  expect(unreadCount(messages.slice(2), 3, 'me')).toBe(1)
  expect(
    unreadCount(
      messages.filter(({ seq }) => seq !== 3),
      3,
      'me',
    ),
  ).toBe(1)
})
