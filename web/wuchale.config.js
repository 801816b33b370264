// Messages are the English texts in the source. The build replaces them by numbers into catalogs, one for each language
// and part of the client, made from src/messages/*.po. `npm run messages` brings those files up to date.
import { adapter, svelteDefaultHeuristic } from '@wuchale/svelte'
import { defineConfig, pofile } from 'wuchale'
import { partOf } from './src/i18n/parts.ts'

/** What a person reads has more than one word, or stands in markup; keys, names and codes have one. */
function isForPeople(message) {
  const text = message.msgStr.join(' ').trim()
  if (!svelteDefaultHeuristic(message) || /^(?:\/|Bearer )/.test(text)) return false
  const { scope, file, funcName, call, attribute } = message.details
  if (scope === 'attribute') return !['data-testid', 'name', 'key', 'icon'].includes(attribute) && 'message'
  if (scope === 'markup') return 'message'
  if (call !== undefined && /^(?:new )?(?:Error|TypeError|RegExp|assert|matchMedia)\b/.test(call))
    return false
  if (!file.endsWith('.svelte') && funcName == null) return false
  return /\s/.test(text) && 'message'
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
