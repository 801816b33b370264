// What people read is found by the build: see wuchale.config.js. A single word in an expression is not, unless it says so.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const SRC = new URL('../src/', import.meta.url)

/** Names: of keys, of what is dragged, and our own. */
const NOT_READ = /^(?:Escape|Enter|Tab|Home|End|Backspace|Delete|Files|Podium|Arrow[A-Z][a-z]+)$/

/** Words with a capital letter, in quotes, as they stand in markup and in scripts. */
const WORD = /(@wc-include \*\/\s*)?'(\p{Lu}\p{Ll}+[….!?]?)'/gu

const components = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.svelte'))
  .map((name) => ({
    name,
    code: readFileSync(new URL(name, SRC), 'utf8').replace(/<style>[\s\S]*<\/style>/, ''),
  }))

it('says of each single word in an expression that people read it', () => {
  const found = components.flatMap(({ name, code }) =>
    [...code.matchAll(WORD)]
      .filter(([, isSaid, word]) => !isSaid && !NOT_READ.test(word))
      .map(([, , word]) => `${name}: ${word}`),
  )
  expect(components.length).toBeGreaterThan(100)
  expect(found).toEqual([])
})
