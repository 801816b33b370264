// Fails a build in which code could show a text before its part of the messages is loaded: it follows every import from
// the page on, static or not, with the parts that are loaded on the way.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { partOf } from '../src/i18n/parts.ts'

const WEB = fileURLToPath(new URL('..', import.meta.url))
const LAZY = /part\(\s*\(\) => import\('([^']+)'\),([^)]*)\)/g

/** The parts that `importer` loads together with a file, by the end of its path. */
function loadedBy(importer) {
  const found = new Map()
  for (const [, path, names] of readFileSync(importer, 'utf8').matchAll(LAZY))
    found.set(
      path.replace(/^[./]+/, ''),
      [...names.matchAll(/'(\w+)'/g)].map(([, name]) => name),
    )
  return found
}

/** A Vite plugin. */
export function messageParts() {
  return {
    name: 'podium-message-parts',
    apply: 'build',
    buildEnd() {
      const problems = new Set()
      const seen = new Set()
      const visit = (id, parts) => {
        const key = `${id} ${parts.join(' ')}`
        if (seen.has(key) || !id.startsWith(`${WEB}src/`) || id.includes('?')) return
        seen.add(key)
        const info = this.getModuleInfo(id)
        if (!info) return
        const file = relative(WEB, id)
        const own = partOf(file)
        if (!parts.includes(own) && info.code?.includes('all.loader'))
          problems.add(`${file} is of the part "${own}", and is reached with ${parts.join(', ')} alone`)
        for (const next of info.importedIds) visit(next, parts)
        if (info.dynamicallyImportedIds.length === 0) return
        const lazy = loadedBy(id)
        for (const next of info.dynamicallyImportedIds) {
          const more =
            [...lazy].find(([path]) =>
              next.replace(/\.\w+$/, '').endsWith(path.replace(/\.\w+$/, '')),
            )?.[1] ?? []
          visit(next, [...new Set([...parts, ...more])].sort())
        }
      }
      visit(`${WEB}src/App.svelte`, ['main'])
      if (problems.size > 0) this.error([...problems].sort().join('\n'))
    },
  }
}
