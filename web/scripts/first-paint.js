// What the first paint needs comes at once: in few files (each is a request, and small ones compress badly), named by the
// page itself, so that no round trip passes before the browser asks for it. What comes after it is cut the same way: first
// what brings the sound of a class, then what shows the room.
import { fileURLToPath } from 'node:url'

/** What shows something comes after its messages: it stays apart. */
const SHOWS = /\/src\/(?:App\.svelte|start\.ts|views\/|components\/)/
const STYLE = /\.css$/

const source = (path) => fileURLToPath(new URL(`../src/${path}`, import.meta.url))
const MAIN = source('main.ts')
const START = source('start.ts')
const SESSION = source('visit.ts')
const ROOM = source('views/Visit.svelte')
const HOME = [source('own-pages.ts'), source('views/Home.svelte')]

/** All that these import, lazy imports left out. */
function reached(graph, ids, seen = new Set()) {
  for (const id of ids) {
    if (seen.has(id)) continue
    seen.add(id)
    reached(graph, graph.getModuleInfo(id)?.importedIds ?? [], seen)
  }
  return seen
}

/** All that is ever loaded without a class: what only a click brings in, too. */
function everReached(graph, id, seen = new Set()) {
  if (seen.has(id) || id === SESSION || id === ROOM) return seen
  seen.add(id)
  const { importedIds = [], dynamicallyImportedIds = [] } = graph.getModuleInfo(id) ?? {}
  for (const next of [...importedIds, ...dynamicallyImportedIds]) everReached(graph, next, seen)
  return seen
}

let sets

function setsOf(graph) {
  const main = reached(graph, [MAIN])
  const first = reached(graph, [START])
  const home = reached(graph, HOME)
  return {
    main,
    first,
    home,
    session: reached(graph, [SESSION]),
    room: reached(graph, [ROOM]),
    outside: everReached(graph, START),
  }
}

/** Parts of the session and of the room that other pages have as well are files of their own, for these to take. */
function nameOf(id, graph) {
  const { main, first, home, session, room, outside } = (sets ??= setsOf(graph))
  if (main.has(id)) return id === MAIN ? null : 'main'
  // One style sheet.
  if (first.has(id)) return STYLE.test(id) ? 'main' : SHOWS.test(id) ? 'app' : 'base'
  const part = session.has(id) ? 'session' : room.has(id) ? 'room' : null
  if (part === null || !outside.has(id)) return part
  return home.has(id) ? `${part}-home` : `${part}-chat`
}

/** For the output of the build. */
export const codeSplitting = { groups: [{ name: nameOf, includeDependenciesRecursively: false }] }

/** The files that loading a chunk brings in, lazy imports left out. */
function filesOf(bundle, chunk, seen = new Set()) {
  if (!chunk || seen.has(chunk.fileName)) return seen
  seen.add(chunk.fileName)
  for (const css of chunk.viteMetadata?.importedCss ?? []) seen.add(css)
  for (const next of chunk.imports) filesOf(bundle, bundle[next], seen)
  return seen
}

/** A Vite plugin. */
export function firstPaint() {
  return {
    name: 'podium-first-paint',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const start = Object.values(bundle).find((chunk) => chunk.facadeModuleId === START)
        return [...filesOf(bundle, start)]
          .filter((file) => !html.includes(file))
          .map((file) => ({
            tag: 'link',
            attrs: file.endsWith('.css')
              ? { rel: 'preload', as: 'style', href: `./${file}`, crossorigin: true }
              : { rel: 'modulepreload', href: `./${file}`, crossorigin: true },
            injectTo: 'head',
          }))
      },
    },
  }
}
