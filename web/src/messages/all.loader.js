// Hands the messages of each part to the code that the build has made of it.
import toRuntime from 'wuchale/runtime'
import { loadCatalog } from './.wuchale/all.proxy.js'

const loaded = {}
const handed = {}

/** Messages of one part in one language; to be awaited before its code shows anything. */
export async function loadMessages(part, locale) {
  loaded[part] ??= toRuntime(await loadCatalog(part, locale), locale)
}

/** Code may ask when it is loaded, and its messages come a moment later: each use looks anew. */
function runtimeOf(part) {
  const runtime = (id, args) => loaded[part](id, args)
  for (const name of ['c', 'x', 't', 'p']) runtime[name] = (...args) => loaded[part][name](...args)
  for (const name of ['_', 'l']) Object.defineProperty(runtime, name, { get: () => loaded[part][name] })
  return runtime
}

export const getRuntime = (part) => (handed[part] ??= runtimeOf(part))
export const getRuntimeRx = getRuntime
