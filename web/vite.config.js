import { readFileSync } from 'node:fs'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { wuchale } from 'wuchale/vite'
import { defineConfig } from 'vitest/config'
import { compress } from './scripts/compress.js'
import { codeSplitting, firstPaint } from './scripts/first-paint.js'
import { messageParts } from './scripts/message-parts.js'
import { serviceWorker } from './scripts/service-worker.js'

const server = process.env['PODIUM_SERVER'] ?? 'http://127.0.0.1:8080'
/** Whether the texts of the source become catalogs. Without them a build needs no `npm run messages`. */
const isTranslated = !process.env['VITEST'] && process.env['PODIUM_MESSAGES'] !== 'source'

const CATALOG = /^(.+\.)([a-z]{2})(\.compiled\.js)$/
const messagesOf = (file) => JSON.parse(/export let c = (\[.*\])/.exec(readFileSync(file, 'utf8'))[1])

/** What a language does not say yet is said in English. */
const fallback = {
  name: 'podium-message-fallback',
  enforce: 'pre',
  load(id) {
    const [, path, language, end] = CATALOG.exec(id) ?? []
    if (path === undefined || language === 'en') return null
    const english = messagesOf(`${path}en${end}`)
    const own = messagesOf(id)
    const filled = JSON.stringify(english.map((text, at) => own[at] || text))
    return readFileSync(id, 'utf8').replace(/(export let c = )\[.*\]/, (_, start) => start + filled)
  },
}

const untranslated = {
  find: /^.*\/messages\/all\.loader$/,
  replacement: new URL('src/i18n/untranslated.ts', import.meta.url).pathname,
}

export default defineConfig({
  // The server says where the client lives, by <base>.
  base: './',
  plugins: [
    ...(isTranslated ? [wuchale(), fallback, messageParts()] : []),
    svelte(),
    firstPaint(),
    serviceWorker(),
    compress(),
  ],
  resolve: { alias: isTranslated ? [] : [untranslated] },
  build: {
    target: ['chrome111', 'firefox115', 'safari16'],
    manifest: true,
    assetsInlineLimit: 0,
    rolldownOptions: { output: { codeSplitting } },
  },
  server: {
    proxy: { '/api': server, '/socket.io': { target: server, ws: true } },
  },
  test: { include: ['src/**/*.test.ts', 'scripts/**/*.test.js'], environment: 'node' },
})
