// Where things are, in px. Pure arithmetic over fixed row heights and column widths.
// Every visible row costs one slot of the painter's pool; 100,000 rows × 28 px = 2.8 M px is far
// below the engines' limit (~16–33 M px), so content heights are real and not scaled.
import type { Cell } from './selection'

/** Width of the row-number column. */
export const GUTTER = 56
/** px of a cell beside its text: padding and the line at its right (sheet.css). */
export const CELL_EDGE = 13
/** Rows painted above and below the view, so that a small scroll shows no gap. */
export const OVERSCAN = 4
/** A row reached by key keeps this distance from the right and lower edges (scroll bars). */
const MARGIN = 14

export interface Layout {
  lefts: number[]
  widths: number[]
  /** Leading columns that do not scroll sideways. */
  frozen: number
  /** Right edge of the frozen pane, row numbers included. */
  frozenWidth: number
  width: number
}

export interface Viewport {
  scrollTop: number
  scrollLeft: number
  /** Inner size without header, totals and scroll bars. */
  width: number
  height: number
}

export function layoutColumns(widths: number[], frozen: number): Layout {
  let edge = GUTTER
  const lefts = widths.map((width) => {
    const left = edge
    edge += width
    return left
  })
  return { lefts, widths, frozen, frozenWidth: frozen < lefts.length ? lefts[frozen]! : edge, width: edge }
}

export const poolSize = (height: number, rowHeight: number): number => Math.ceil(height / rowHeight) + 2 * OVERSCAN

/** First row to paint for a scroll position. */
export function firstRow(scrollTop: number, rowHeight: number, pool: number, count: number): number {
  return Math.max(0, Math.min(count - pool, Math.floor(scrollTop / rowHeight) - OVERSCAN))
}

/** The column under `x` px from the view's left edge; −1 is the row-number gutter. Clamped to the ends. */
export function columnAt(layout: Layout, x: number, scrollLeft: number): number {
  if (x < GUTTER) return -1
  const inContent = x < layout.frozenWidth ? x : x + scrollLeft
  const found = layout.lefts.findIndex((left, index) => inContent >= left && inContent < left + layout.widths[index]!)
  return found < 0 ? layout.lefts.length - 1 : found
}

export const rowAt = (y: number, scrollTop: number, rowHeight: number): number => Math.floor((y + scrollTop) / rowHeight)

export interface Rect {
  left: number
  top: number
  width: number
  height: number
  /** false when scrolled out of sight or under the frozen pane. */
  visible: boolean
}

/** The cell's box relative to the view's content corner (below the header). */
export function cellRect(layout: Layout, view: Viewport, rowHeight: number, cell: Cell): Rect {
  const frozen = cell.col < layout.frozen
  const left = (layout.lefts[cell.col] ?? GUTTER) - (frozen ? 0 : view.scrollLeft)
  const top = cell.row * rowHeight - view.scrollTop
  const visible = (frozen || left >= layout.frozenWidth - 2) && left < view.width && top > -rowHeight && top < view.height
  return { left, top, width: layout.widths[cell.col] ?? 0, height: rowHeight, visible }
}

/** The scroll position that shows the cell, moving as little as possible. */
export function revealCell(layout: Layout, view: Viewport, rowHeight: number, cell: Cell): { top: number; left: number } {
  let { scrollTop: top, scrollLeft: left } = view
  const y = cell.row * rowHeight
  if (y < top) top = y
  else if (y + rowHeight > top + view.height - MARGIN) top = y + rowHeight - view.height + MARGIN
  if (cell.col < layout.frozen) return { top, left }
  const x = layout.lefts[cell.col] ?? 0
  const width = layout.widths[cell.col] ?? 0
  if (x - layout.frozenWidth < left) left = x - layout.frozenWidth
  else if (x + width > left + view.width - MARGIN) left = Math.min(x - layout.frozenWidth, x + width - view.width + MARGIN)
  return { top, left }
}

export const NARROWEST = 40
export const WIDEST = 800

export const clampWidth = (width: number): number => Math.round(Math.max(NARROWEST, Math.min(WIDEST, width)))

/** A width that fits `texts` at `fontSize`: Han and full-width characters are 1 em, others about 0.58. */
export function fittingWidth(texts: Iterable<string>, fontSize: number): number {
  let widest = 0
  for (const text of texts) {
    let ems = 0
    for (const character of text) ems += character.charCodeAt(0) > 0x2e7f ? 1 : 0.58
    widest = Math.max(widest, ems)
  }
  return clampWidth(widest * fontSize + 24)
}
