// How each cell looks now: text, classes, tooltip. The words for the painter, from the model.
import { fields } from '../fields'
import type { CellModel } from './model'
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

const ALIGN = { left: '', right: ' sheet-right', center: ' sheet-center' }

function cellLook(model: CellModel, row: number, column: Column, selected: boolean, active: boolean): CellLook {
  const finding = model.finding(row, column)
  const classes = 'sheet-cell' + ALIGN[fields[column.field.kind].align] +
    (model.locked(row, column) ? ' sheet-locked' : '') +
    (selected ? ' sheet-selected' : '') +
    (finding ? (finding.severity === 'error' ? ' sheet-error' : ' sheet-warning') : '') +
    (active ? ' sheet-active' : '')
  const prefix = column.tree ? treePrefix(model.treeRow(row)) : ''
  const text = prefix + model.text(row, column)
  return { text, classes, note: finding?.message ?? (text.length * LEAST_GLYPH > column.width ? text : '') }
}

export function rowLook(model: CellModel, row: number, range: Range, active: Cell): RowLook {
  const source = model.source.row(row)
  const busy = !model.loaded(row)
  return {
    classes: 'sheet-row' + (source?.style === 'total' ? ' sheet-subtotal' : ''),
    number: row < model.rowCount ? String(row + 1) : '＊',
    busy,
    cell: (col) => {
      const column = model.columns[col]!
      const look = cellLook(model, row, column, inRange(range, row, col), active.row === row && active.col === col)
      return busy && col === 0 ? { ...look, text: '…' } : look
    },
  }
}

/** Everything of the selection that a row shows, as one comparable text. */
export function selectionStamp(row: number, range: Range, active: Cell): string {
  if (row < range.top || row > range.bottom) return ''
  return `${range.left}-${range.right}-${row === active.row ? active.col : ''}`
}
