// Prints the gzip size of what the browser loads, and fails when it is over budget: what the Join page needs for its
// first paint, that plus everything a room with audio and chat needs, and that plus the start page.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGETS = { join: 60_000, room: 150_000, home: 100_000 }
const DIST = new URL('../dist/', import.meta.url)

const gzip = (file) => gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'))

/** Every file that loading `key` brings in, lazy imports left out. */
function files(key, seen = new Set()) {
  const chunk = manifest[key]
  if (seen.has(chunk.file)) return seen
  seen.add(chunk.file)
  for (const css of chunk.css ?? []) seen.add(css)
  for (const next of chunk.imports ?? []) files(next, seen)
  return seen
}

/** The English messages of these parts; quick builds have none. */
const messages = (...parts) =>
  Object.keys(manifest).filter((key) => parts.some((part) => key.endsWith(`/all.${part}.en.compiled.js`)))

const page = (...lazy) =>
  new Set(['index.html', ...['index.html', ...lazy].flatMap((key) => [...files(key)])])
const pages = {
  join: page('src/start.ts', ...messages('main')),
  room: page('src/start.ts', 'src/visit.ts', 'src/views/Visit.svelte', ...messages('main', 'room', 'chat')),
  home: page('src/start.ts', 'src/own-pages.ts', 'src/views/Home.svelte', ...messages('main', 'school')),
}
const all = new Set(Object.values(pages).flatMap((set) => [...set]))
for (const file of all) console.log(String(gzip(file)).padStart(8), file)
let over = false
for (const [name, set] of Object.entries(pages)) {
  const total = [...set].reduce((sum, file) => sum + gzip(file), 0)
  console.log(`${name}: ${total} of ${BUDGETS[name]} bytes gzip`)
  over ||= total > BUDGETS[name]
}
if (over) {
  console.error('over budget')
  process.exitCode = 1
}
