import { expect, it } from 'vitest'
import { draftOf } from './draft'

it('is text without the spaces around it', () => {
  expect(draftOf('  hello\nyou ')).toEqual({ text: 'hello\nyou', type: 'chat', kind: 'text', language: null })
  expect(draftOf('why?', 'question')?.type).toBe('question')
  expect(draftOf(' \n ')).toBeNull()
})

it('is code between fences, indented as it was', () => {
  expect(draftOf('```python\n  for x in y:\n    pass\n```')).toMatchObject({
    text: '  for x in y:\n    pass',
    kind: 'code',
    language: 'python',
  })
  expect(draftOf('```\nx\n```')).toMatchObject({ text: 'x', kind: 'code', language: null })
  expect(draftOf('```\n\n```')).toMatchObject({ kind: 'text' })
  expect(draftOf('see ```x``` there')).toMatchObject({ kind: 'text' })
})
