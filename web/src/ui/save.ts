/** Gives the reader a file. */

/** Long enough for slow machines to begin with it, ms. */
const KEPT_MS = 60_000

export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => {
    URL.revokeObjectURL(link.href)
  }, KEPT_MS)
}

/** A name that every system takes: "Maths 7b: roster.csv" is "Maths-7b-roster.csv". */
export function fileName(title: string, ending: string): string {
  const safe = title
    .normalize('NFKC')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  return `${[...safe].slice(0, 60).join('') || 'podium'}${ending}`
}
