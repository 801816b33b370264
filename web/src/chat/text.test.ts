import { expect, it } from 'vitest'
import { lineOf, segmentsOf } from './text'

const links = (text: string) => segmentsOf(text).filter((one) => one.kind === 'link')

it('leaves markup as the text it is', () => {
  const text = '<img src=x onerror=alert(1)> **bold** [a](javascript:alert(1))'
  expect(segmentsOf(text)).toEqual([{ kind: 'text', text }])
})

it('links https addresses alone, in full, without what ends a sentence', () => {
  expect(segmentsOf('See https://example.org/a?b=1#c. Or (https://example.org/b).')).toEqual([
    { kind: 'text', text: 'See ' },
    { kind: 'link', text: 'https://example.org/a?b=1#c', href: 'https://example.org/a?b=1#c' },
    { kind: 'text', text: '. Or (' },
    { kind: 'link', text: 'https://example.org/b', href: 'https://example.org/b' },
    { kind: 'text', text: ').' },
  ])
  expect(links('http://example.org ftp://a.b javascript:alert(1) data:text/html,x https://')).toEqual([])
})

it('shows where an address leads when it pretends', () => {
  expect(links('https://good.org@evil.org/')).toEqual([])
  expect(links('https://gооd.org/x')).toMatchObject([{ text: 'https://xn--gd-fmca.org/x' }])
  expect(links('https://example.org/\u202egnp.exe')).toMatchObject([{ text: 'https://example.org/gnp.exe' }])
})

it('shows code between backticks, whatever is in it', () => {
  expect(segmentsOf('use `<b>https://a.b</b>` here')).toEqual([
    { kind: 'text', text: 'use ' },
    { kind: 'code', text: '<b>https://a.b</b>' },
    { kind: 'text', text: ' here' },
  ])
  expect(lineOf('  two\n lines \u202e')).toBe('two lines')
})
