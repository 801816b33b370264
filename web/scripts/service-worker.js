// Builds the service worker after the client, with the list of what it keeps: the page, and all that a class needs in
// the language of nobody in particular. Other languages and pages are kept when they were used once.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { build } from 'vite'

const WANTED = ['src/main.ts', 'src/start.ts', 'src/visit.ts', 'src/views/Visit.svelte']

const hashOf = (path) => createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)

/** The files of the manifest that loading `keys` brings in. */
function filesOf(manifest, keys) {
  const seen = new Set()
  const add = (key) => {
    const chunk = manifest[key]
    if (!chunk || seen.has(chunk.file)) return
    seen.add(chunk.file)
    for (const css of chunk.css ?? []) seen.add(css)
    for (const next of chunk.imports ?? []) add(next)
  }
  for (const key of keys) add(key)
  return [...seen]
}

/** A Vite plugin. */
export function serviceWorker() {
  let outDir = 'dist'
  let isBuild = false
  return {
    name: 'podium-service-worker',
    configResolved(config) {
      outDir = config.build.outDir
      isBuild = config.command === 'build' && !config.build.lib
    },
    async writeBundle() {
      if (!isBuild) return
      const manifest = JSON.parse(readFileSync(`${outDir}/.vite/manifest.json`, 'utf8'))
      const messages = Object.keys(manifest).filter((key) =>
        /\/all\.(main|room|chat)\.en\.compiled\.js$/.test(key),
      )
      const precache = [
        // Names with a hash are revision enough.
        ...filesOf(manifest, ['index.html', ...WANTED, ...messages]).map((url) => ({ url, revision: null })),
        ...['index.html', 'favicon.svg', 'manifest.webmanifest'].map((url) => ({
          url,
          revision: hashOf(`${outDir}/${url}`),
        })),
      ]
      await build({
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        define: {
          __PRECACHE__: JSON.stringify(precache),
          'process.env.NODE_ENV': '"production"',
        },
        build: {
          outDir,
          emptyOutDir: false,
          target: 'es2022',
          lib: {
            entry: 'src/service-worker/worker.ts',
            formats: ['iife'],
            name: 'podium',
            fileName: () => 'service-worker.js',
          },
        },
      })
    },
  }
}
