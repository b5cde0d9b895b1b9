// How each cell looks now: text, classes, tooltip. The words for the painter, from the model.
import { fields } from '../fields'
import type { CellModel, RowNow } from './model'
import type { CellLook, RowLook } from './painter'
import { inRange, type Cell, type Range } from './selection'
import type { Column, GridRow } from './types'

/** px of the narrowest usual character at the medium size: a text that may be cut gets a tooltip. */
const LEAST_GLYPH = 7
const INDENT = '\u2003'

/** Indent and fold mark before the text of a tree column. */
function treePrefix(row: GridRow | undefined): string {
  if (row?.depth === undefined) return ''
  const mark = row.kids ? (row.open ? '▾ ' : '▸ ') : INDENT
  return INDENT.repeat(row.depth) + mark
}

/** em of digits and what stands between them, rounded up; every other character of these ranges is at most 1 em wide and one line high. */
const DIGIT = 0.62

/**
 * true when `text` surely needs no clipping in `ems` em. Each clipped cell is a layer of its own in WebKit (0.6 of 8 ms of CPU
 * per frame while scrolling); a wrong `true` would lay a text over the next cell, so whatever is unusual is clipped.
 */
export function surelyFits(text: string, ems: number): boolean {
  let width = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0x24f && !(unit >= 0x3000 && unit <= 0x9fff)) return false
    width += unit >= 0x2c && unit <= 0x39 ? DIGIT : 1
  }
  return width <= ems
}

const ALIGN = { left: '', right: ' sheet-right', center: ' sheet-center' }

function cellLook(now: RowNow, column: Column, ems: number, selected: boolean, active: boolean): CellLook {
  const finding = now.finding(column)
  const standIn = now.standIn(column)
  const text = (column.tree ? treePrefix(now.source) : '') + (standIn?.text ?? now.text(column))
  const classes = 'sheet-cell' + ALIGN[fields[column.field.kind].align] +
    (standIn ? ' sheet-stand-in' : '') +
    (surelyFits(text, ems) ? ' sheet-fits' : '') +
    (now.locked(column) ? ' sheet-locked' : '') +
    (selected ? ' sheet-selected' : '') +
    (finding ? (finding.severity === 'error' ? ' sheet-error' : ' sheet-warning') : '') +
    (active ? ' sheet-active' : '')
  const said = [standIn?.why, finding?.message].filter(Boolean).join('；')
  return { text, classes, note: said || (text.length * LEAST_GLYPH > column.width ? text : '') }
}

/** `ems`: em of text that each column has room for. */
export function rowLook(model: CellModel, row: number, range: Range, active: Cell, ems: readonly number[]): RowLook {
  const now = model.at(row)
  const busy = !now.source && row < model.source.count
  const selected = row >= range.top && row <= range.bottom
  return {
    classes: 'sheet-row' + (now.source?.style === 'total' ? ' sheet-subtotal' : ''),
    number: row < model.source.count || row < model.rowCount ? String(row + 1) : '＊',
    busy,
    cell: (col) => {
      const look = cellLook(now, model.columns[col]!, ems[col]!, selected && inRange(range, row, col), active.row === row && active.col === col)
      return busy && col === 0 ? { ...look, text: '…' } : look
    },
  }
}

/** Everything of the selection that a row shows, as one comparable text. */
export function selectionStamp(row: number, range: Range, active: Cell): string {
  if (row < range.top || row > range.bottom) return ''
  return `${range.left}-${range.right}-${row === active.row ? active.col : ''}`
}
