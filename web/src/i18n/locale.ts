/**
 * The language of the page: the one chosen here, else the first of the browser's that there is. Its messages are loaded
 * part by part, each together with its code.
 */
import { loadMessages } from '../messages/all.loader'
import type { Part } from './parts'

/** Each in its own words, as people look for it. */
export const LOCALES = {
  en: 'English',
  es: 'Español',
  fr: 'Français',
  pt: 'Português',
  ar: 'العربية',
  hi: 'हिन्दी',
} as const

export type Locale = keyof typeof LOCALES

const RIGHT_TO_LEFT: readonly Locale[] = ['ar']
const KEY = 'podium.locale'

let current: Locale = 'en'

const isLocale = (tag: string): tag is Locale => tag in LOCALES

/** The best of what is wanted, by language alone: "pt-BR" takes "pt". */
export function localeFor(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0] ?? ''
    if (isLocale(language)) return language
  }
  return 'en'
}

/** For `Intl`: times and numbers are written as the words around them are. */
export const locale = (): Locale => current

/** The choice of this browser; null: whatever the browser speaks. */
export function chosenLocale(): Locale | null {
  try {
    const kept = localStorage.getItem(KEY) ?? ''
    return isLocale(kept) ? kept : null
  } catch {
    return null
  }
}

/** Keeps the choice; the page speaks it after it was loaded anew. */
export function chooseLocale(chosen: Locale | null): void {
  try {
    if (chosen === null) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, chosen)
  } catch {
    // Without storage the browser's language stays.
  }
}

/** To be called once, before the first part is loaded. */
export function useLocale(root: HTMLElement): void {
  current = localeFor([chosenLocale() ?? '', ...navigator.languages])
  root.lang = current
  root.dir = RIGHT_TO_LEFT.includes(current) ? 'rtl' : 'ltr'
}

/** Code together with the messages of its parts. */
export async function part<T>(load: () => Promise<T>, ...names: Part[]): Promise<T> {
  const [code] = await Promise.all([load(), ...names.map((name) => loadMessages(name, current))])
  return code
}
