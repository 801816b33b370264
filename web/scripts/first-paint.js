// What the first paint needs comes at once: in one file rather than thirty (each is a request, and small ones compress
// badly), named by the page itself, so that no round trip passes before the browser asks for it.
import { fileURLToPath } from 'node:url'

/** What shows something comes after its messages: it stays apart. */
const SHOWS = /\/src\/(?:main\.ts|App\.svelte|views\/|components\/)/

/** All that the first paint imports, lazy imports left out. */
function reached(graph, id, seen = new Set()) {
  if (seen.has(id)) return seen
  seen.add(id)
  for (const next of graph.getModuleInfo(id)?.importedIds ?? []) reached(graph, next, seen)
  return seen
}

const source = (path) => fileURLToPath(new URL(`../src/${path}`, import.meta.url))
const APP = source('App.svelte')
const CLASS = source('visit.ts')

/** All that is ever loaded without a class: what only a click brings in, too. */
function everReached(graph, id, seen = new Set()) {
  if (seen.has(id) || id === CLASS) return seen
  seen.add(id)
  const { importedIds = [], dynamicallyImportedIds = [] } = graph.getModuleInfo(id) ?? {}
  for (const next of [...importedIds, ...dynamicallyImportedIds]) everReached(graph, next, seen)
  return seen
}

let base
let room
let outside

function nameOf(id, graph) {
  base ??= reached(graph, APP)
  if (base.has(id)) return SHOWS.test(id) ? null : 'base'
  outside ??= everReached(graph, APP)
  room ??= reached(graph, CLASS)
  // What sheets of the room use as well would be a file for each of them.
  return room.has(id) && !outside.has(id) ? 'class' : null
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
        const app = Object.values(bundle).find((chunk) => chunk.facadeModuleId?.endsWith('/src/App.svelte'))
        return [...filesOf(bundle, app)]
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
