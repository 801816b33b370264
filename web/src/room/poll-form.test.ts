import { describe, expect, it } from 'vitest'
import type { Poll, PollReport } from '../protocol/protocol.gen'
import { resultsCsv } from './poll-csv'
import { emptyForm, formOf, moved, option, pollOf, troubleOf, withRight, type PollForm } from './poll-form'

const form = (over: Partial<PollForm> = {}): PollForm => ({
  ...emptyForm(),
  question: 'Ready?',
  options: [option('yes'), option('no')],
  ...over,
})

describe('a form', () => {
  it('says what is missing', () => {
    expect(troubleOf(form())).toBeNull()
    expect(troubleOf(form({ question: ' ' }))?.where).toBe('question')
    expect(troubleOf(form({ question: ' ' }), 'Yes or no?')).toBeNull()
    expect(troubleOf(form({ options: [option('yes'), option(' ')] }))?.text).toMatch(/two answers/)
    expect(troubleOf(form({ options: [option('yes'), option('yes ')] }))?.text).toMatch(/the same/)
    expect(troubleOf(form({ isQuiz: true }))?.text).toMatch(/right/)
    const both = [option('a', true), option('b', true)]
    expect(troubleOf(form({ isQuiz: true, options: both }))?.text).toMatch(/Only one/)
    expect(troubleOf(form({ isQuiz: true, isMultiple: true, options: both }))).toBeNull()
  })

  it('tells the server only what is filled in, and places of what is left', () => {
    const options = [option('a'), option(' '), option(' b ', true)]
    expect(pollOf(form({ options, isQuiz: true, explanation: ' so ' }), 'p1', true)).toEqual({
      id: 'p1',
      question: 'Ready?',
      options: ['a', 'b'],
      kind: 'single',
      isAnonymous: false,
      mayChange: false,
      showResults: 'after-close',
      correct: [1],
      explanation: 'so',
      launch: true,
    })
  })

  it('never promises that an anonymous vote can be changed', () => {
    expect(pollOf(form({ isAnonymous: true, mayChange: true }), 'p1', true).mayChange).toBe(false)
  })

  it('is made again of a poll', () => {
    const poll = pollOf(form({ isQuiz: true, options: [option('a', true), option('b')] }), 'p1', true)
    const again = formOf({ ...(poll as unknown as Poll), isQuiz: true })
    expect(pollOf(again, 'p1', true)).toEqual(poll)
  })
})

describe('the options', () => {
  const [a, b, c] = [option('a'), option('b', true), option('c')]

  it('change places, but not beyond the ends', () => {
    const texts = (options: readonly { text: string }[]) => options.map(({ text }) => text).join('')
    expect(texts(moved([a, b, c], b.key, -1))).toBe('bac')
    expect(texts(moved([a, b, c], b.key, 1))).toBe('acb')
    expect(texts(moved([a, b, c], a.key, -1))).toBe('abc')
    expect(texts(moved([a, b, c], c.key, 1))).toBe('abc')
  })

  it('have one right answer where one can be chosen', () => {
    const right = (isMultiple: boolean) =>
      withRight(form({ options: [a, b, c], isMultiple }), c.key, true).map(({ isRight }) => isRight)
    expect(right(false)).toEqual([false, false, true])
    expect(right(true)).toEqual([false, true, true])
  })
})

it('writes results for a spreadsheet, and nothing that it would calculate', () => {
  const report = {
    poll: {
      question: 'Say "hi", please',
      options: ['=1+1', 'b'],
      correct: [1],
      openedAt: '2026-01-01T10:00:00Z',
      closedAt: null,
    },
    results: { voters: 3, counts: [1, 2] },
    answers: [
      { name: 'Ada', choices: [1] },
      { name: 'Ben', choices: [0] },
      { name: 'Eve', choices: [1] },
    ],
  } as unknown as PollReport
  expect(resultsCsv([report]).split('\r\n').slice(1)).toEqual([
    '"Say ""hi"", please",\'=1+1,no,1,3,Ben,2026-01-01T10:00:00Z,',
    '"Say ""hi"", please",b,yes,2,3,Ada; Eve,2026-01-01T10:00:00Z,',
    '',
  ])
})
