// Packs what the build has made once and well, so that the server need not: beside each file stand one for Brotli and
// one for gzip. The server hands them out to browsers that take them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const PACKED = /\.(?:js|css|svg|json|webmanifest)$/
/** Less is not worth a file. */
const LEAST_BYTES = 256

/** A Vite plugin; to be the last one. */
export function compress() {
  let outDir = 'dist'
  return {
    name: 'podium-compress',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir
    },
    closeBundle() {
      for (const file of readdirSync(outDir, { recursive: true })) {
        if (!PACKED.test(file)) continue
        const path = `${outDir}/${file}`
        const content = readFileSync(path)
        if (content.length < LEAST_BYTES) continue
        const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params }))
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
      }
    },
  }
}
