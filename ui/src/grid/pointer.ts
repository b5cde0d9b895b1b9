// The mouse on the sheet: press, drag, Shift, row numbers, fold marks, double click. Every press
// keeps the focus in the sheet's input.
import { columnAt, rowAt } from './geometry'
import { wholeRows, type Cell } from './selection'
import type { Editor } from './editor'
import type { Sheet } from './sheet'

/** px of a tree cell that belong to the fold mark, and of each level of indent. */
const FOLD_MARK = 22

export interface PointerHost {
  view(): HTMLElement | undefined
  /** Height of the header above the first row. */
  head(): number
}

export function usePointer(sheet: Sheet, editor: Editor, host: PointerHost) {
  const at = (event: MouseEvent): { cell: Cell; gutter: boolean; x: number } => {
    const box = host.view()!.getBoundingClientRect()
    const x = event.clientX - box.left
    const col = columnAt(sheet.layout.value, x, sheet.viewport.scrollLeft)
    const row = rowAt(event.clientY - box.top - host.head(), sheet.viewport.scrollTop, sheet.rowHeight.value)
    return { cell: { row, col: Math.max(0, col) }, gutter: col < 0, x }
  }

  /** The press is on the rows, not on a scroll bar, the header or the totals. */
  function inRows(event: MouseEvent): boolean {
    const view = host.view()!
    const box = view.getBoundingClientRect()
    const y = event.clientY - box.top
    const insideBars = event.clientX - box.left < view.clientWidth && y < view.clientHeight
    return insideBars && y >= host.head() && y < host.head() + sheet.viewport.height
  }

  function onFoldMark(cell: Cell, x: number): boolean {
    const column = sheet.columns.value[cell.col]
    const row = sheet.model.treeRow(cell.row)
    if (!column?.tree || !row?.kids) return false
    const left = sheet.layout.value.lefts[cell.col]! - (cell.col < sheet.layout.value.frozen ? 0 : sheet.viewport.scrollLeft)
    if (x - left > FOLD_MARK + (row.depth ?? 0) * sheet.rowHeight.value * 0.5) return false
    sheet.emit('toggle', cell.row, !row.open, row)
    return true
  }

  function onDown(event: MouseEvent): void {
    if (event.button !== 0 || !inRows(event)) return
    event.preventDefault()
    editor.endComposition()
    editor.commit()
    const { cell, gutter, x } = at(event)
    const beyond = cell.row >= sheet.bounds.value.rows
    if (!beyond && !gutter && onFoldMark(cell, x)) return editor.focus()
    if (gutter) sheet.select(wholeRows(sheet.selection.value, cell.row, event.shiftKey, sheet.bounds.value))
    else sheet.go(cell, event.shiftKey)
    editor.focus()
    drag(gutter)
  }

  /** Follows the pointer until the button is released, also outside the sheet (which scrolls it). */
  function drag(gutter: boolean): void {
    const onMove = (event: MouseEvent): void => {
      const { cell } = at(event)
      const { head } = sheet.selection.value
      if (gutter) return sheet.select(wholeRows(sheet.selection.value, cell.row, true, sheet.bounds.value))
      if (cell.row !== head.row || cell.col !== head.col) sheet.go(cell, true)
    }
    const onUp = (): void => {
      removeEventListener('mousemove', onMove)
      removeEventListener('mouseup', onUp)
    }
    addEventListener('mousemove', onMove)
    addEventListener('mouseup', onUp)
  }

  function onDouble(event: MouseEvent): void {
    if (!inRows(event)) return
    const { cell, gutter } = at(event)
    const row = sheet.model.source.row(cell.row)
    if (gutter && row) return sheet.emit('open', cell.row, row)
    if (cell.row < sheet.bounds.value.rows) editor.edit()
  }

  return { onDown, onDouble }
}
