/** Puts a text on the clipboard that has to be fetched first. */

type Clipboard = Pick<globalThis.Clipboard, 'write' | 'writeText'>

/**
 * Call it inside a click: some browsers let a page write only then, so the promise itself is handed over. False when
 * the browser does not let it: then the text has to be shown.
 */
export async function copyText(text: Promise<string>, clipboard = clipboardOfPage()): Promise<boolean> {
  if (!clipboard) return false
  try {
    const blob = text.then((value) => new Blob([value], { type: 'text/plain' }))
    blob.catch(() => undefined)
    await clipboard.write([new ClipboardItem({ 'text/plain': blob })])
    return true
  } catch {
    return text
      .then((value) => clipboard.writeText(value))
      .then(
        () => true,
        () => false,
      )
  }
}

/** Pages over plain HTTP have none. */
function clipboardOfPage(): Clipboard | undefined {
  return (navigator as Partial<Navigator>).clipboard
}
