/** In which layers a picture is sent: pure functions over the encodings of a sender. */
import type { Source } from '../protocol/protocol.gen'

interface Layer {
  readonly rid: string
  /** bit/s */
  readonly maxBitrate: number
  /** Of a picture of full size. */
  readonly scale: number
}

/** Lowest first: of a camera of 1280 by 720 these are 180, 360 and 720 lines. */
const CAMERA_LAYERS: readonly [Layer, Layer, Layer] = [
  { rid: 'q', maxBitrate: 120_000, scale: 4 },
  { rid: 'h', maxBitrate: 400_000, scale: 2 },
  { rid: 'f', maxBitrate: 1_200_000, scale: 1 },
]
/** Of the best layer of a camera that has two layers, or one: nothing above it makes up for a tight one. */
const BEST_OF_TWO_MAX_BITRATE = 700_000
const ONLY_MAX_BITRATE = 250_000
const SCREEN_MAX_BITRATE = 2_500_000
const SCREEN_MAX_FRAMERATE = 15
const THREE_TEMPORAL_LAYERS = 'L1T3'

/** A picture of fewer pixels has no layer above the second, or none above the first. Chromium draws the same lines. */
const PIXELS_FOR_THREE = 960 * 540
const PIXELS_FOR_TWO = 480 * 270

/** Not every list of DOM types knows the mode of scalability. */
export type Encoding = RTCRtpEncodingParameters & { scalabilityMode?: string }

export interface Size {
  width: number
  height: number
}

/** A shared screen loses frame rate before it loses sharpness; the track's own hint says nearly the same. */
export const degradationOf = (source: Source): RTCDegradationPreference | null =>
  source === 'screen' ? 'maintain-resolution' : null

/** What the sending line of a source is offered with; `isScalable`: the browser knows temporal layers. */
export function offeredEncodings(source: Source, isScalable: boolean): Encoding[] {
  const mode = isScalable ? { scalabilityMode: THREE_TEMPORAL_LAYERS } : {}
  switch (source) {
    case 'mic':
      return [{}]
    case 'camera':
      return CAMERA_LAYERS.map(({ rid, maxBitrate, scale }) => ({
        rid,
        maxBitrate,
        scaleResolutionDownBy: scale,
        ...mode,
      }))
    case 'screen':
      return [{ maxBitrate: SCREEN_MAX_BITRATE, maxFramerate: SCREEN_MAX_FRAMERATE, ...mode }]
  }
}

/** The layers a camera of this size has, lowest first; a small picture is not made smaller still. */
export function layersOf(size: Size | null): Layer[] {
  const [low, middle, high] = CAMERA_LAYERS
  const pixels = size ? size.width * size.height : PIXELS_FOR_THREE
  if (pixels >= PIXELS_FOR_THREE) return [low, middle, high]
  if (pixels >= PIXELS_FOR_TWO)
    return [
      { ...low, scale: 2 },
      { ...middle, scale: 1, maxBitrate: BEST_OF_TWO_MAX_BITRATE },
    ]
  return [{ ...low, scale: 1, maxBitrate: ONLY_MAX_BITRATE }]
}

/**
 * The encodings of a sender as they should be: `wanted` are the rids that anybody takes, null when nothing was said.
 * A sender with one encoding only (a screen, or simulcast that was not taken up) sends all or nothing.
 */
export function tunedEncodings<T extends Encoding>(
  source: Source,
  encodings: readonly T[],
  size: Size | null,
  wanted: readonly string[] | null,
): T[] {
  if (source === 'mic') return [...encodings]
  if (encodings.length <= 1) {
    const full =
      source === 'camera' ? { scaleResolutionDownBy: 1, maxBitrate: CAMERA_LAYERS[2].maxBitrate } : {}
    return encodings.map((encoding) => ({ ...encoding, ...full, active: wanted?.length !== 0 }))
  }
  const layers = layersOf(size)
  const taken = activeLayers(layers, wanted)
  return encodings.map((encoding) => {
    const layer = layers.find(({ rid }) => rid === encoding.rid)
    if (!layer) return { ...encoding, active: false }
    const { maxBitrate, scale } = layer
    return { ...encoding, active: taken.has(layer.rid), maxBitrate, scaleResolutionDownBy: scale }
  })
}

/** Of the layers there are, those to send. What is wanted but too large for the camera is sent as large as it is. */
function activeLayers(layers: readonly Layer[], wanted: readonly string[] | null): Set<string> {
  const rids = layers.map(({ rid }) => rid)
  if (!wanted) return new Set(rids)
  const taken = rids.filter((rid) => wanted.includes(rid))
  const isBeyond = wanted.some((rid) => !rids.includes(rid))
  return new Set(isBeyond ? [...taken, ...rids.slice(-1)] : taken)
}
