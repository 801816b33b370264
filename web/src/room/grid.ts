/** How many tiles a grid has: by the room for it, the people, and the pictures that may come at once. */

interface Size {
  columns: number
  rows: number
  /** From this width, px. */
  from: number
  /** Only for what lies, or stands. */
  only?: 'landscape' | 'portrait'
}

const SIZES: readonly Size[] = [
  { columns: 1, rows: 1, from: 0 },
  { columns: 1, rows: 2, from: 0, only: 'portrait' },
  { columns: 2, rows: 1, from: 0, only: 'landscape' },
  { columns: 2, rows: 2, from: 560 },
  { columns: 3, rows: 3, from: 700 },
  { columns: 4, rows: 4, from: 960 },
  { columns: 5, rows: 5, from: 1100 },
]
/** A tile that is less high shows nobody. */
const LEAST_HEIGHT = 84

export interface GridInput {
  width: number
  height: number
  /** People and shared screens, oneself not counted. */
  others: number
  /** How many of them have a picture. */
  pictures: number
  /** How many pictures can come at once. */
  lines: number
}

export interface GridShape {
  columns: number
  rows: number
  /** Tiles of others on a page. */
  perPage: number
  /** Oneself has a tile; else one's picture lies over the others. */
  hasSelf: boolean
}

/** The shape of the fullest page: fewer people have larger tiles. */
export function gridShape({ width, height, others, pictures, lines }: GridInput): GridShape {
  const isPortrait = height > width
  const orientation = isPortrait ? 'portrait' : 'landscape'
  const fitting = SIZES.filter(
    (size) =>
      size.from <= width &&
      (size.only === undefined || size.only === orientation) &&
      (size.rows === 1 || height / size.rows >= LEAST_HEIGHT),
  )
  const largest = fitting.at(-1) ?? { columns: 1, rows: 1 }
  // Where two tiles are all there is room for, both are for others.
  const hasSelf = largest.columns * largest.rows > 2 || others === 0
  const own = hasSelf ? 1 : 0
  const most = largest.columns * largest.rows - own
  const perPage = Math.max(1, pictures > lines ? Math.min(most, lines) : most)
  const tiles = Math.min(perPage, others) + own
  const { columns, rows } = fitting.find((size) => size.columns * size.rows >= tiles) ?? largest
  return { ...trimmed(columns, rows, Math.max(1, tiles)), perPage, hasSelf }
}

/** Without empty rows and columns. */
function trimmed(columns: number, rows: number, tiles: number): Pick<GridShape, 'columns' | 'rows'> {
  const across = Math.min(columns, tiles)
  return { columns: across, rows: Math.min(rows, Math.ceil(tiles / across)) }
}
