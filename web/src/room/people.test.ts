import { expect, it } from 'vitest'
import type { Hand, Participant } from '../protocol/protocol.gen'
import { person } from '../testing/room'
import { found, heard, inOrder, lines, raised, spared } from './people'

const hand = (participantId: string, isAnswered = false): Hand => ({
  participantId,
  raisedAt: '2026-01-01T10:00:00Z',
  isAnswered,
})
const ids = (people: readonly Participant[]) => people.map((one) => one.id)

const tutor = person('tutor', { role: 'tutor', name: 'Zoe' })
const phone = person('phone', { name: 'Ben', userId: 'user-ben', joinedAt: '2026-01-01T10:02:00Z' })
const laptop = person('laptop', { name: 'Ben', userId: 'user-ben' })
const users = [person('cleo'), phone, person('ana'), tutor, laptop]

it('has oneself first, then tutors, then the others by name', () => {
  expect(ids(inOrder(users, 'cleo'))).toEqual(['cleo', 'tutor', 'ana', 'laptop', 'phone'])
  expect(ids(inOrder([person('b10', { name: 'B 10' }), person('b9', { name: 'b 9' })], null))).toEqual([
    'b9',
    'b10',
  ])
})

it('numbers hands and devices', () => {
  const all = lines(inOrder(users, null), [hand('cleo', true), hand('ana')])
  expect(raised(all).map(({ person: one, place, isAnswered }) => [one.id, place, isAnswered])).toEqual([
    ['cleo', 1, true],
    ['ana', 2, false],
  ])
  expect(all.map(({ person: one, device }) => `${one.id} ${String(device)}`)).toEqual([
    'tutor 0',
    'ana 0',
    'laptop 1',
    'phone 2',
    'cleo 0',
  ])
  expect(raised(lines(users, [hand('gone')]))).toEqual([])
})

it('finds names by any of their words, without accents', () => {
  const all = lines(
    [person('a', { name: 'Žofia Nováková' }), person('b', { name: 'a.b*' }), person('c', { name: '' })],
    [],
  )
  const search = (query: string) => found(all, query).map((line) => line.person.id)
  expect(search('zof')).toEqual(['a'])
  expect(search('nova ZOFIA')).toEqual(['a'])
  expect(search('nova ana')).toEqual([])
  expect(search('.*')).toEqual([])
  expect(search('.b')).toEqual(['b'])
  expect(search('')).toEqual(['a', 'b', 'c'])
})

it('has those first who speak, and never oneself', () => {
  const all = lines(
    ['me', 'ana', 'ben'].map((id) => person(id, { isAudioOn: true })),
    [],
  )
  expect(heard(all, 'ben', 'me').map((line) => line.person.id)).toEqual(['ben', 'ana'])
  expect(heard(all, 'nobody', 'me').map((line) => line.person.id)).toEqual(['ana', 'ben'])
})

it('spares whoever speaks and whose turn it is', () => {
  expect(spared([hand('ana', true), hand('ben')], null)).toEqual(['ana'])
  expect(spared([hand('ana', true)], 'ana')).toEqual(['ana'])
  expect(spared([], 'cleo')).toEqual(['cleo'])
})
