// Hands the messages of each part to the code that the build has made of it.
import toRuntime from 'wuchale/runtime'
import { loadCatalog } from './.wuchale/all.proxy.js'

const runtimes = {}

/** Messages of one part in one language; to be awaited before its code runs. */
export async function loadMessages(part, locale) {
  runtimes[part] = toRuntime(await loadCatalog(part, locale), locale)
}

export const getRuntime = (part) => runtimes[part]
export const getRuntimeRx = getRuntime
