/** What the forms of accounts check before they ask the server, and how they say what the server refused. */
import { plural } from '../i18n/plural'
import { RestError } from '../protocol/rest'

/** A message for each field that is wrong; `form` is about all of it. */
export type Problems<F extends string> = Partial<Record<F | 'form', string>>

const USERNAME = /^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$/

export const usernameProblem = (username: string): string => {
  if (!username) return 'Choose a username.'
  return USERNAME.test(username) ? '' : 'At least two letters or digits; also . _ and - inside.'
}

/** An e-mail address may be left out. */
export const emailProblem = (email: string): string =>
  email === '' || /^[^\s@<>"(),;:\\]{1,64}@[^\s@<>"(),;:\\]+$/.test(email)
    ? ''
    : 'This is not an e-mail address.'

export const nameProblem = (name: string): string => (name.trim() ? '' : 'Tell your name.')

export const passwordProblem = (password: string, least: number): string =>
  [...password].length >= least ? '' : `At least ${String(least)} characters.`

/** A username made of a name, as a proposal: "Emmy Noether" is "emmy.noether". */
export function usernameOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '.')
    .replace(/^\.+|\.+$/g, '')
    .slice(0, 64)
}

/** Only those fields that have a problem; null when there is none. */
export function problemsOf<F extends string>(found: Problems<F>): Problems<F> | null {
  const some = Object.entries(found).filter(([, text]) => text)
  return some.length > 0 ? (Object.fromEntries(some) as Problems<F>) : null
}

/** What went wrong, for whoever waits for it. Code that could not be fetched is told by browsers in words of their own. */
export function told(error: unknown): string {
  if (error instanceof TypeError) return 'That could not be loaded. Check your connection.'
  return sentence(error instanceof Error ? error.message : String(error))
}

/** A refusal of the server, at the field that it is about. */
export function refusal<F extends string>(error: unknown, fields: Partial<Record<string, F>>): Problems<F> {
  const text = told(error)
  const field = error instanceof RestError ? fields[error.code] : undefined
  return { [field ?? 'form']: text } as Problems<F>
}

/** Of what the server lets nobody do at once again: when it may. */
export function throttled(error: unknown): string {
  if (!(error instanceof RestError) || error.code !== 'rate_limited') return ''
  const { retryAfter } = error
  if (retryAfter === null) return 'Too many tries. Wait a moment, then try again.'
  if (retryAfter < 90)
    return plural(Math.ceil(retryAfter), [
      'Too many tries. Try again in # second.',
      'Too many tries. Try again in # seconds.',
    ])
  return plural(Math.ceil(retryAfter / 60), [
    'Too many tries. Try again in # minute.',
    'Too many tries. Try again in # minutes.',
  ])
}

/** The server's messages begin small and have no full stop. */
export function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}
