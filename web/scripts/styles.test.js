// What all styles keep to, so that every page works in both themes and both directions.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const SRC = new URL('../src/', import.meta.url)

const styles = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.svelte'))
  .map((name) => ({
    name,
    css: /<style>([\s\S]*)<\/style>/.exec(readFileSync(new URL(name, SRC), 'utf8'))?.[1] ?? '',
  }))

/** Lines that match, with the file that they stand in. */
const found = (pattern) =>
  styles.flatMap(({ name, css }) =>
    css
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  )

describe('styles', () => {
  it('name sides by the direction of the text', () => {
    const physical =
      /^\s*(?:(?:margin|padding|border)-(?:left|right)\b|(?:left|right):|border-(?:top|bottom)-(?:left|right)-radius|(?:text-align|float): (?:left|right))/
    const turned = /^\s*(?:padding|margin|inset): \S+ (\S+) \S+ (?!\1;)\S+;/
    expect(found(turned)).toEqual([])
    // A line that says that it is about the machine, not the text, may.
    expect(found(physical).filter((line) => !line.includes('/* physical'))).toEqual([])
  })

  it('take their colours from the tokens', () => {
    const own = /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\((?!0 0 0 \/|from)/i
    expect(found(own).filter((line) => !line.includes('/* over pictures'))).toEqual([])
  })
})
