// Checks src/messages/*.po: that they hold every text of the source, and that each language says all of it. Without
// --check the files are brought up to date first.
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import PO from 'pofile'

const DIR = new URL('../src/messages/', import.meta.url)
const SOURCE = 'en'
/** The rule of each language for its plural forms, as gettext writes it. */
const PLURALS = {
  en: 'nplurals=2; plural=n == 1 ? 0 : 1;',
  es: 'nplurals=2; plural=n == 1 ? 0 : 1;',
  fr: 'nplurals=2; plural=n > 1 ? 1 : 0;',
  pt: 'nplurals=2; plural=n == 1 ? 0 : 1;',
  ar: 'nplurals=6; plural=n == 0 ? 0 : n == 1 ? 1 : n == 2 ? 2 : n % 100 >= 3 && n % 100 <= 10 ? 3 : n % 100 >= 11 ? 4 : 5;',
  hi: 'nplurals=2; plural=n == 0 || n == 1 ? 0 : 1;',
}

const files = () => readdirSync(DIR).filter((name) => name.endsWith('.po'))
const read = (name) => readFileSync(new URL(name, DIR), 'utf8')
const idOf = (item) => [item.msgctxt, item.msgid, item.msgid_plural].join('\u0004')
const idsOf = (text) => new Set(PO.parse(text).items.map(idOf))

/** Values a text is given, such as {0}, and the elements around words, such as <0>: a translation has them all. */
const marksOf = (text) => (text.match(/\{\d+\}|<\/?\d+\/?>/g) ?? []).sort().join(' ')

function extract() {
  for (const name of files()) {
    const po = PO.parse(read(name))
    const rule = PLURALS[name.slice(0, 2)]
    if (po.headers['Plural-Forms'] === rule) continue
    po.headers['Plural-Forms'] = rule
    writeFileSync(new URL(name, DIR), po.toString())
  }
  const { status, stderr, stdout } = spawnSync('npx', ['wuchale', '--clean', '--log-level', 'error'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the texts could not be collected: ${stderr}${stdout}`)
}

function problemsOf(name) {
  const language = name.slice(0, 2)
  if (language === SOURCE) return []
  return PO.parse(read(name)).items.flatMap((item) => {
    const forms = item.msgstr.filter((form) => form !== '')
    if (forms.length === 0 || forms.length < item.msgstr.length)
      return [`${language}: not said: ${item.msgid}`]
    if (item.msgid_plural) return []
    return marksOf(item.msgid) === marksOf(forms[0])
      ? []
      : [`${language}: other values than in ${JSON.stringify(item.msgid)}: ${JSON.stringify(forms[0])}`]
  })
}

const before = new Map(files().map((name) => [name, read(name)]))
extract()
const isCheck = process.argv.includes('--check')
const problems = files().flatMap(problemsOf)
if (isCheck)
  for (const [name, text] of before) {
    const [old, now] = [idsOf(text), idsOf(read(name))]
    for (const id of now.difference(old)) problems.push(`${name}: missing: ${id}`)
    for (const id of old.difference(now)) problems.push(`${name}: not in the source any more: ${id}`)
    writeFileSync(new URL(name, DIR), text)
  }
const texts = PO.parse(read(`${SOURCE}.po`)).items.length
console.log(`${texts} texts in ${before.size} languages, ${problems.length} problems`)
for (const problem of problems.slice(0, 40)) console.error(problem)
if (isCheck && problems.length > 0) process.exitCode = 1
