import { describe, expect, it } from 'vitest'
import { pathOf } from './links'
import { routeOf } from './route'

describe('routeOf', () => {
  it.each([
    ['/', '', { page: 'home' }],
    ['/sign-in', '', { page: 'sign-in' }],
    ['/sign-in/', '', { page: 'sign-in' }],
    ['/setup', '#token=abc', { page: 'setup', token: 'abc' }],
    ['/set-password', '', { page: 'set-password', token: '' }],
    ['/invite/a-B_9', '', { page: 'invite', token: 'a-B_9' }],
    ['/invite', '#token=xyz', { page: 'invite', token: 'xyz' }],
    ['/courses/maths', '', { page: 'course', courseId: 'maths' }],
    ['/class/demo', '#token=abc', { page: 'class', liveClassId: 'demo' }],
    ['/class/', '', { page: 'unknown' }],
    ['/courses/a/b', '', { page: 'unknown' }],
    ['/invite/../x', '', { page: 'unknown' }],
    ['/api/docs', '', { page: 'unknown' }],
  ] as const)('knows %s%s', (path, hash, route) => {
    expect(routeOf(path, hash)).toEqual(route)
  })
})

describe('pathOf', () => {
  const origin = 'https://class.example.org'

  it('keeps links between our pages here', () => {
    expect(pathOf('/courses/maths', origin)).toBe('/courses/maths')
    expect(pathOf(`${origin}/`, origin)).toBe('/')
  })

  it('leaves other links to the browser', () => {
    for (const href of ['https://example.org/', '/api/docs', '/class/a#token=b', '/setup#token=b'])
      expect(pathOf(href, origin), href).toBeNull()
  })
})
