// Messages are the English texts in the source. The build replaces them by numbers into catalogs, one for each language
// and part of the client, made from src/messages/*.po. `npm run messages` brings those files up to date.
import { adapter, svelteDefaultHeuristic } from '@wuchale/svelte'
import { defineConfig, pofile } from 'wuchale'
import { partOf } from './src/i18n/parts.ts'

/** Calls that take no words, and the report that is written for whoever runs a server. */
const FOR_MACHINES =
  /^(?:(?:new )?(?:Error|TypeError|RegExp)|assert|matchMedia|Promise\.reject|.*\b(?:closest|querySelector))$/
const REPORT = 'src/join/help/report.ts'

/** Words that begin with a value (#) such as a name, with a mark, or with a small letter; no selector and no code. */
const BEGUN_OTHERWISE = /^(?:#[,.:’]?|●|#?’?\p{Ll}[\p{L}’]*)[\p{L}’]* [^[\]()=]*\p{L}{2}[^[\]()=]*$/u

/** What a person reads has more than one word, or stands in markup; keys, names and codes have one. */
function isForPeople(message) {
  const text = message.msgStr.join(' ').trim()
  const { scope, file, funcName, call, attribute } = message.details
  if (/^(?:\/|Bearer )/.test(text)) return false
  const isUsual = svelteDefaultHeuristic(message)
  if (scope === 'attribute')
    return isUsual && !['data-testid', 'name', 'key', 'icon'].includes(attribute) && 'message'
  if (scope === 'markup') return isUsual && 'message'
  if (FOR_MACHINES.test(call ?? '') || file === REPORT) return false
  if (!file.endsWith('.svelte') && funcName == null) return false
  return ((isUsual && /\s/.test(text)) || BEGUN_OTHERWISE.test(text)) && 'message'
}

export default defineConfig({
  locales: ['en', 'es', 'fr', 'pt', 'ar', 'hi'],
  localesDir: 'src/messages',
  logLevel: 'warn',
  adapters: {
    all: adapter({
      loader: 'custom',
      files: {
        include: ['src/**/*.svelte', 'src/**/*.ts'],
        ignore: [
          'src/**/*.test.ts',
          'src/**/*.d.ts',
          'src/testing/**',
          'src/protocol/protocol.gen.ts',
          'src/debug.ts',
          'src/i18n/**',
          'src/rtc/**',
        ],
      },
      storage: pofile({ dir: 'src/messages' }),
      heuristic: isForPeople,
      // The language of a page does not change while it is shown.
      runtime: { reactive: { wrapInit: (expression) => expression, wrapUse: (expression) => expression } },
      granularLoad: true,
      generateLoadID: partOf,
    }),
  },
})
