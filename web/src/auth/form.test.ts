import { expect, it } from 'vitest'
import { RestError } from '../protocol/rest'
import { passwordProblem, problemsOf, refusal, sentence, usernameOf, usernameProblem } from './form'

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
