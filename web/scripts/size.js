// Prints the gzip size of what the browser loads, and fails when it is over budget: what the Join page needs
// for its first paint, and that plus everything a room with audio and chat needs.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const JOIN_BUDGET = 60_000
const ROOM_BUDGET = 150_000
const DIST = new URL('../dist/', import.meta.url)

const gzip = (file) => gzipSync(readFileSync(new URL(file, DIST)), { level: 9 }).length
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'))

/** Every file that loading `key` brings in; `dynamic` follows lazy imports as well. */
function files(key, dynamic, seen = new Set()) {
  const chunk = manifest[key]
  if (seen.has(chunk.file)) return seen
  seen.add(chunk.file)
  for (const css of chunk.css ?? []) seen.add(css)
  for (const next of [...(chunk.imports ?? []), ...(dynamic ? (chunk.dynamicImports ?? []) : [])]) {
    files(next, dynamic, seen)
  }
  return seen
}

const join = new Set(['index.html', ...files('index.html', false)])
const room = new Set(['index.html', ...files('index.html', true)])
let over = false
for (const [name, set, budget] of [
  ['join', join, JOIN_BUDGET],
  ['room', room, ROOM_BUDGET],
]) {
  const total = [...set].reduce((sum, file) => sum + gzip(file), 0)
  for (const file of set) if (name === 'room') console.log(String(gzip(file)).padStart(8), file)
  console.log(`${name}: ${total} of ${budget} bytes gzip`)
  over ||= total > budget
}
if (over) {
  console.error('over budget')
  process.exitCode = 1
}
