import { expect, it } from 'vitest'
import { RestError } from '../protocol/rest'
import {
  emailProblem,
  passwordProblem,
  problemsOf,
  refusal,
  sentence,
  throttled,
  usernameOf,
  usernameProblem,
  told,
} from './form'

it('proposes a username that the server takes', () => {
  expect(usernameOf('Emmy Noether')).toBe('emmy.noether')
  expect(usernameOf(' Žofie  Dvořáková-Malá ')).toBe('zofie.dvorakova.mala')
  expect(usernameOf('李')).toBe('')
  for (const name of ['Emmy Noether', '!A b!', 'X'.repeat(100)])
    expect(usernameProblem(usernameOf(name)), name).toBe('')
})

it('tells what is wrong with what was typed', () => {
  expect(usernameProblem('x')).not.toBe('')
  expect(usernameProblem('.x')).not.toBe('')
  expect(passwordProblem('123456789', 10)).toContain('10')
  // Ten characters, whatever they take in memory.
  expect(passwordProblem('🙂'.repeat(9), 10)).not.toBe('')
  expect(passwordProblem('🙂'.repeat(10), 10)).toBe('')
  expect(problemsOf<'a'>({ a: '' })).toBeNull()
  expect(problemsOf<'a' | 'b'>({ a: '', b: 'no' })).toEqual({ b: 'no' })
})

it('puts what the server refused at its field', () => {
  const taken = new RestError('already_exists', 'this name is taken')
  expect(refusal<'username'>(taken, { already_exists: 'username' })).toEqual({
    username: 'This name is taken.',
  })
  expect(refusal<'username'>(new RestError('offline', 'No answer.'), {})).toEqual({ form: 'No answer.' })
  expect(sentence('why?')).toBe('Why?')
})

it('tells what went wrong in a sentence, and of code that did not come in words of its own', () => {
  expect(told(new RestError('forbidden', 'no tutor'))).toBe('No tutor.')
  expect(told('gone')).toBe('Gone.')
  const missing = new TypeError('Failed to fetch dynamically imported module: https://x/assets/y.js')
  expect(told(missing)).toBe('That could not be loaded. Check your connection.')
})

it('says when it may work again', () => {
  const refused = (seconds: number | null) => throttled(new RestError('rate_limited', 'no', seconds))
  expect(refused(1)).toContain('in 1 second.')
  expect(refused(59.2)).toContain('in 60 seconds.')
  expect(refused(600)).toContain('in 10 minutes.')
  expect(refused(null)).toContain('Wait a moment')
  expect(throttled(new RestError('unauthorized', 'no'))).toBe('')
  expect(throttled(new Error('no'))).toBe('')
})

it('lets an e-mail address be left out, and nothing else be typed for one', () => {
  expect(['', 'ada@example.org', 'a.b+c@x.y'].map(emailProblem)).toEqual(['', '', ''])
  for (const wrong of ['ada', 'a b@x.y', '@x.y', 'a@', 'a@b@c', 'a<b>@x.y'])
    expect(emailProblem(wrong)).not.toBe('')
})
