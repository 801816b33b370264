/** What a tutor fills in to ask something, and what the server is told of it. */
import type { CreatePoll, Poll, ShowResults } from '../protocol/protocol.gen'

export const MOST_OPTIONS = 20
export const QUESTION_LENGTH = 500
export const OPTION_LENGTH = 200
export const EXPLANATION_LENGTH = 2_000

export interface FormOption {
  /** Stays with the option wherever it is moved. */
  readonly key: number
  text: string
  isRight: boolean
}

export interface PollForm {
  question: string
  options: FormOption[]
  isMultiple: boolean
  isAnonymous: boolean
  mayChange: boolean
  showResults: ShowResults
  isQuiz: boolean
  explanation: string
}

export type Template = 'yes-no' | 'letters' | 'true-false'

export const TEMPLATES: readonly Template[] = ['yes-no', 'letters', 'true-false']

export interface Filled {
  name: string
  /** Asked when nothing is written: what was asked aloud needs no words. */
  question: string
  options: readonly string[]
}

export function filled(template: Template): Filled {
  const texts: Record<Template, Filled> = {
    'yes-no': {
      name: /* @wc-include */ 'Yes / No',
      question: 'Yes or no?',
      options: [/* @wc-include */ 'Yes', /* @wc-include */ 'No'],
    },
    letters: { name: 'A – D', question: 'Which one is it?', options: ['A', 'B', 'C', 'D'] },
    'true-false': {
      name: 'True / False',
      question: 'True or false?',
      options: [/* @wc-include */ 'True', /* @wc-include */ 'False'],
    },
  }
  return texts[template]
}

let lastKey = 0
export const option = (text = '', isRight = false): FormOption => ({ key: ++lastKey, text, isRight })

export const emptyForm = (): PollForm => ({
  question: '',
  options: [option(), option()],
  isMultiple: false,
  isAnonymous: false,
  mayChange: false,
  showResults: 'after-close',
  isQuiz: false,
  explanation: '',
})

/** To ask the same again, or much the same. */
export const formOf = (poll: Poll): PollForm => ({
  question: poll.question,
  options: poll.options.map((text, place) => option(text, poll.correct?.includes(place) ?? false)),
  isMultiple: poll.kind === 'multiple',
  isAnonymous: poll.isAnonymous,
  mayChange: poll.mayChange,
  showResults: poll.showResults,
  isQuiz: poll.isQuiz,
  explanation: poll.explanation ?? '',
})

/** Takes an option `by` places further down, or up; nothing beyond the ends. */
export function moved(options: readonly FormOption[], key: number, by: 1 | -1): FormOption[] {
  const at = options.findIndex((one) => one.key === key)
  const [one, other] = [options[at], options[at + by]]
  if (!one || !other) return [...options]
  return options.with(at, other).with(at + by, one)
}

/** One right answer only, where only one can be chosen. */
export function withRight(form: PollForm, key: number, isRight: boolean): FormOption[] {
  return form.options.map((one) => {
    if (one.key === key) return { ...one, isRight }
    return form.isMultiple || !isRight ? one : { ...one, isRight: false }
  })
}

export type Trouble = { where: 'question' | 'options'; text: string } | null

/** What keeps it from being asked; null when nothing does. `usual`: the question when none is written. */
export function troubleOf(form: PollForm, usual = ''): Trouble {
  if (!(form.question.trim() || usual)) return { where: 'question', text: 'Write a question.' }
  const texts = form.options.map(({ text }) => text.trim()).filter(Boolean)
  if (texts.length < 2) return { where: 'options', text: 'Write at least two answers to choose from.' }
  if (new Set(texts).size < texts.length) return { where: 'options', text: 'Two answers are the same.' }
  const right = form.options.filter(({ text, isRight }) => isRight && text.trim()).length
  if (form.isQuiz && right === 0) return { where: 'options', text: 'Mark the right answer.' }
  if (form.isQuiz && !form.isMultiple && right > 1)
    return { where: 'options', text: 'Only one answer can be right, since only one can be chosen.' }
  return null
}

/** What the server is told. Empty options are left out. */
export function pollOf(form: PollForm, id: string, isLaunched: boolean, usual = ''): CreatePoll {
  const options = form.options.filter(({ text }) => text.trim())
  const correct = options.flatMap(({ isRight }, place) => (isRight ? [place] : []))
  return {
    id,
    question: form.question.trim() || usual,
    options: options.map(({ text }) => text.trim()),
    kind: form.isMultiple ? 'multiple' : 'single',
    isAnonymous: form.isAnonymous,
    // Nobody keeps an anonymous vote, so there is nothing to change.
    mayChange: form.mayChange && !form.isAnonymous,
    showResults: form.showResults,
    correct: form.isQuiz ? correct : null,
    explanation: form.isQuiz && form.explanation.trim() ? form.explanation.trim() : null,
    launch: isLaunched,
  }
}
