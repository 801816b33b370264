import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../testing/storage'
import { liveClassIdOf, readToken, takeToken } from './token'

function jwt(claims: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(claims))
  const payload = btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
  return `e30.${payload}.sig`
}

describe('liveClassIdOf', () => {
  it('reads the id of a class path and nothing else', () => {
    expect(liveClassIdOf('/class/demo-1')).toBe('demo-1')
    expect(liveClassIdOf('/class/demo-1/')).toBe('demo-1')
    expect(liveClassIdOf('/class/')).toBeNull()
    expect(liveClassIdOf('/class/a/b')).toBeNull()
    expect(liveClassIdOf('/')).toBeNull()
  })
})

describe('takeToken', () => {
  it('keeps the token of the link for a refresh without the hash', () => {
    const storage = new MemoryStorage()
    expect(takeToken('', 'demo', storage)).toBeNull()
    expect(takeToken('#token=abc', 'demo', storage)).toBe('abc')
    expect(takeToken('', 'demo', storage)).toBe('abc')
    expect(takeToken('', 'other', storage)).toBeNull()
  })

  it('prefers a new link over a kept token', () => {
    const storage = new MemoryStorage()
    takeToken('#token=old', 'demo', storage)
    expect(takeToken('#token=new', 'demo', storage)).toBe('new')
    expect(takeToken('', 'demo', storage)).toBe('new')
  })
})

describe('readToken', () => {
  it('reads name and role, also beyond ASCII', () => {
    expect(readToken(jwt({ sub: 'u1', name: 'Żaneta Ōe', role: 'tutor', course: 'math' }))).toEqual({
      userId: 'u1',
      name: 'Żaneta Ōe',
      role: 'tutor',
      course: 'math',
    })
  })

  it.each(['', 'x', 'a.b.c', 'a.!!!.c', jwt({ name: 'A' }), jwt({ name: 'A', role: 'admin' }), jwt([])])(
    'answers null for %s',
    (token) => {
      expect(readToken(token)).toBeNull()
    },
  )
})
