import { expect, it } from 'vitest'
import { newId } from './ids'
import { query } from './query'

it('leaves out what was not asked for', () => {
  expect(query({})).toBe('')
  expect(query({ a: '', b: undefined, c: null, d: false, e: 'x&y' })).toBe('?d=false&e=x%26y')
})

it('makes ids that the protocol takes, each another one', () => {
  expect(newId()).toMatch(/^[0-9a-f]{24}$/)
  expect(newId()).not.toBe(newId())
})
