// Which cells are chosen, and how keys move the choice. Pure: no DOM, no Vue.
// The anchor is the active cell (where typing goes); the head is the far corner of the range.

export interface Cell {
  row: number
  col: number
}

export interface Selection {
  anchor: Cell
  head: Cell
}

/** Row and column counts of the sheet; an empty sheet has no cells. */
export interface Bounds {
  rows: number
  cols: number
}

/** Inclusive corners, always normalised. */
export interface Range {
  top: number
  left: number
  bottom: number
  right: number
}

export const rangeOf = ({ anchor, head }: Selection): Range => ({
  top: Math.min(anchor.row, head.row),
  left: Math.min(anchor.col, head.col),
  bottom: Math.max(anchor.row, head.row),
  right: Math.max(anchor.col, head.col),
})

export const inRange = (range: Range, row: number, col: number): boolean =>
  row >= range.top && row <= range.bottom && col >= range.left && col <= range.right

export const rowsIn = (range: Range): number => range.bottom - range.top + 1
export const columnsIn = (range: Range): number => range.right - range.left + 1
export const isSingle = (range: Range): boolean => range.top === range.bottom && range.left === range.right

export const sameCell = (a: Cell, b: Cell): boolean => a.row === b.row && a.col === b.col

export function clampCell(cell: Cell, bounds: Bounds): Cell {
  return {
    row: Math.max(0, Math.min(bounds.rows - 1, cell.row)),
    col: Math.max(0, Math.min(bounds.cols - 1, cell.col)),
  }
}

/** The selection after going to `to`; `extend` keeps the anchor. */
export function goTo(selection: Selection, to: Cell, extend: boolean, bounds: Bounds): Selection {
  const head = clampCell(to, bounds)
  return { anchor: extend ? clampCell(selection.anchor, bounds) : head, head }
}

/** Whole rows between the anchor's row and `row` (the row header was clicked). */
export function wholeRows(selection: Selection, row: number, extend: boolean, bounds: Bounds): Selection {
  const first = extend ? selection.anchor.row : row
  return { anchor: clampCell({ row: first, col: 0 }, bounds), head: clampCell({ row, col: bounds.cols - 1 }, bounds) }
}

/** A whole column (its header was clicked). */
export function wholeColumn(selection: Selection, col: number, extend: boolean, bounds: Bounds): Selection {
  const first = extend ? selection.anchor.col : col
  return { anchor: clampCell({ row: 0, col: first }, bounds), head: clampCell({ row: bounds.rows - 1, col }, bounds) }
}

export const everything = (bounds: Bounds): Selection => ({
  anchor: { row: 0, col: 0 },
  head: clampCell({ row: bounds.rows - 1, col: bounds.cols - 1 }, bounds),
})

/** How many cells Tab may look at before it gives up: a fully locked sheet must not hang a key. */
const TAB_REACH = 5_000

/** The next cell in reading order that may be typed into; null when there is none before the edge. */
export function nextEditable(from: Cell, step: 1 | -1, bounds: Bounds, editable: (cell: Cell) => boolean): Cell | null {
  let { row, col } = from
  for (let looked = 0; looked < TAB_REACH; looked++) {
    col += step
    if (col >= bounds.cols) [row, col] = [row + 1, 0]
    if (col < 0) [row, col] = [row - 1, bounds.cols - 1]
    if (row < 0 || row >= bounds.rows) return null
    if (editable({ row, col })) return { row, col }
  }
  return null
}
