import { expect, it } from 'vitest'
import { message } from '../testing/room'
import { unreadCount } from './unread'

const messages = [message('1'), message('2', { userId: 'me' }), message('3'), message('4')]

it('counts what others wrote after the last message that was seen', () => {
  expect(unreadCount(messages, '1', 'me')).toBe(2)
  expect(unreadCount(messages, '4', 'me')).toBe(0)
  expect(unreadCount(messages, null, 'me')).toBe(3)
})

it('counts all when the one that was seen is not kept any more', () => {
  expect(unreadCount(messages, 'older', 'me')).toBe(3)
})
