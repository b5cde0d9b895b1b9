// What each command of the key map does. One line per command; the words are keymap.ts's.
import { t } from '../kit/i18n'
import { isLookup } from './model'
import { clearBlock, copyAbove, fillDown, fillRight, pasteBlock, type Block } from './edits'
import { parseTsv, toTsv } from './clipboard'
import { commandFor, type Command } from './keymap'
import { readInUnit, unitDoubt, type UnitDoubt } from './unitDoubt'
import { columnsIn, everything, nextEditable, type Cell, type Range } from './selection'
import { nextFinding } from './findings'
import type { Editor } from './editor'
import { asMessage, MOST_CELLS, type Sheet } from './sheet'

/** Copying more cells than this at once would stall the clipboard; the export does it better. */
const COPY_LIMIT = 2_000_000

export interface CommandHost {
  openColumnMenu(col: number): void
  /** Shows the question and resolves to the answer; see UnitQuestion.vue. */
  askUnit(doubt: UnitDoubt): Promise<'kept' | 'other' | null>
}

export function useCommands(sheet: Sheet, editor: Editor, host: CommandHost) {
  const { model, selection, range, active, bounds } = sheet
  const head = (): Cell => selection.value.head
  const page = (): number => Math.max(1, Math.floor(sheet.viewport.height / sheet.rowHeight.value) - 1)
  const lastRow = (): number => bounds.value.rows - 1
  const lastCol = (): number => bounds.value.cols - 1
  /** Where a run of Tab keys began: Enter then goes to the next line under it, as in Excel. */
  let tabStart: number | null = null

  const move = (rows: number, cols: number, extend = false) => () => to(() => ({ row: head().row + rows, col: head().col + cols }), extend)
  const jump = (cell: () => Cell, extend = false) => () => to(cell, extend)

  function to(cell: () => Cell, extend: boolean): void {
    editor.commit()
    tabStart = null
    sheet.go(cell(), extend)
  }

  /** To the first column, with the columns beside the frozen ones in sight again: going to a frozen cell scrolls nothing sideways. */
  const home = (cell: () => Cell) => () => {
    to(cell, false)
    sheet.scrollToFirstColumn()
  }

  const edges: Record<string, () => Cell> = {
    top: () => ({ row: 0, col: head().col }),
    bottom: () => ({ row: lastRow(), col: head().col }),
    first: () => ({ row: head().row, col: 0 }),
    last: () => ({ row: head().row, col: lastCol() }),
    start: () => ({ row: 0, col: 0 }),
    end: () => ({ row: lastRow(), col: lastCol() }),
  }

  const editable = ({ row, col }: Cell): boolean => !model.locked(row, sheet.columns.value[col]!)

  /** Tab goes to the next cell that may be typed into, across line ends. */
  function tab(step: 1 | -1): void {
    editor.commit()
    const from = active.value
    const next = nextEditable(from, step, bounds.value, editable)
    if (tabStart === null) tabStart = from.col
    sheet.go(next ?? { row: from.row, col: from.col + step })
  }

  function enter(step: 1 | -1): void {
    editor.commit()
    if (sheet.props.enterMoves === 'right') return tab(step)
    const col = tabStart ?? active.value.col
    tabStart = null
    sheet.go({ row: active.value.row + step, col })
  }

  /** Runs a block gesture over the cells that are selected now, reading their rows first if they are not here yet. */
  function gesture(build: (at: Range) => Block, above = 0): void {
    const at = range.value
    const from = Math.max(0, at.top - above)
    if (mayChange(from, at.bottom + 1)) sheet.withRows(from, at.bottom + 1, () => sheet.submit(build(at)))
  }

  /** Ctrl+' of the active cell alone. */
  function copyFromAbove(): void {
    const at = active.value
    const from = Math.max(0, at.row - 1)
    if (mayChange(from, at.row + 1)) sheet.withRows(from, at.row + 1, () => sheet.submit(copyAbove(model, at)))
  }

  /** Says why not, when not. */
  function mayChange(from: number, until: number): boolean {
    const tooMany = (until - from) * columnsIn(range.value) > MOST_CELLS
    if (sheet.readonly.value) sheet.emit('notice', t('grid.locked'))
    else if (tooMany) sheet.emit('notice', t('grid.big', { n: MOST_CELLS }))
    return !sheet.readonly.value && !tooMany
  }

  /** As `gesture`, after asking about amounts that are ten thousand times too large or too small. */
  function paste(build: () => Block, from: number, until: number): void {
    if (!mayChange(from, until)) return
    sheet.withRows(from, until, () => {
      const block = build()
      const doubt = unitDoubt(model, block)
      if (doubt) void pasteOnceAnswered(block, doubt)
      else sheet.submit(block)
    })
  }

  async function pasteOnceAnswered(block: Block, doubt: UnitDoubt): Promise<void> {
    const placed = sheet.pin(block.entries)
    const answer = await host.askUnit(doubt)
    if (answer === null) return sheet.emit('notice', t('grid.unit.nothing'))
    const read = answer === 'other' ? readInUnit(block, doubt) : block
    sheet.submit({ ...read, entries: placed(read.entries) })
  }

  let seeking: Promise<unknown> = Promise.resolve()

  /** Pressed twice it goes on from where the first press led, however long that takes. */
  function finding(step: 1 | -1): void {
    editor.commit()
    seeking = seeking.then(() => seek(step)).catch((error: unknown) => sheet.emit('notice', asMessage(error)))
  }

  async function seek(step: 1 | -1): Promise<void> {
    const from = selection.value
    const { seekFinding } = sheet.props
    const key = sheet.activeColumn.value?.key ?? ''
    const local = nextFinding(model, active.value, step)
    const remote = seekFinding ? await seekFinding({ row: active.value.row, key }, step) : null
    const cell = remote ? { row: remote.row, col: sheet.columns.value.findIndex((column) => column.key === remote.key) } : local
    if (!cell || cell.col < 0) return sheet.emit('notice', t('grid.noFinding'))
    // Hands that went on meanwhile stay where they are.
    if (selection.value === from && sheet.mode.value === 'nav') sheet.go(cell)
  }

  function fold(open: boolean): void {
    const row = model.treeRow(active.value.row)
    if (row?.kids && Boolean(row.open) !== open) sheet.emit('toggle', active.value.row, open, row)
  }

  function browse(): void {
    const column = sheet.activeColumn.value
    const { row } = active.value
    if (!column || !isLookup(column) || model.locked(row, column)) return
    editor.cancel()
    sheet.emit('browse', column, row, (option) => editor.accept(column, row, option))
  }

  function deleteRows(): void {
    const { top, bottom } = range.value
    const to = Math.min(bottom + 1, model.source.count)
    sheet.withRows(top, to, () => {
      const ids = Array.from({ length: Math.max(0, to - top) }, (_, offset) => model.id(top + offset)).filter((id) => id !== null)
      if (ids.length > 0) sheet.emit('deleteRows', { from: top, to, ids })
    })
  }

  function openRow(): void {
    const row = model.source.row(active.value.row)
    if (row) sheet.emit('open', active.value.row, row)
    else if (active.value.row >= model.source.count) sheet.emit('openNothing')
  }

  const run: Record<Command, () => void> = {
    up: move(-1, 0), down: move(1, 0), left: move(0, -1), right: move(0, 1),
    extendUp: move(-1, 0, true), extendDown: move(1, 0, true), extendLeft: move(0, -1, true), extendRight: move(0, 1, true),
    pageUp: () => move(-page(), 0)(), pageDown: () => move(page(), 0)(),
    extendPageUp: () => move(-page(), 0, true)(), extendPageDown: () => move(page(), 0, true)(),
    top: jump(edges.top!), bottom: jump(edges.bottom!), first: home(edges.first!), last: jump(edges.last!),
    start: home(edges.start!), end: jump(edges.end!),
    extendTop: jump(edges.top!, true), extendBottom: jump(edges.bottom!, true),
    extendFirst: jump(edges.first!, true), extendLast: jump(edges.last!, true),
    extendStart: jump(edges.start!, true), extendEnd: jump(edges.end!, true),
    commitNext: () => enter(1), commitPrevious: () => enter(-1), commitRight: () => tab(1), commitLeft: () => tab(-1),
    edit: () => editor.edit(), cancel: () => editor.cancel(), giveUp: () => sheet.giveUp(), lineBreak: () => editor.lineBreak(),
    openList: () => editor.openList(), browse,
    optionUp: () => editor.picker.move(-1), optionDown: () => editor.picker.move(1),
    optionPageUp: () => editor.picker.move(-8), optionPageDown: () => editor.picker.move(8),
    clear: () => gesture((at) => clearBlock(model, at)),
    selectAll: () => (selection.value = everything({ rows: Math.max(1, sheet.rowCount.value), cols: bounds.value.cols })),
    fillDown: () => gesture((at) => fillDown(model, at), 1),
    fillRight: () => gesture((at) => fillRight(model, at)),
    copyAbove: copyFromAbove,
    undo: () => sheet.emit('undo'), redo: () => sheet.emit('redo'),
    addRow: () => sheet.emit('addRow', active.value.row), deleteRows,
    unfold: () => fold(true), fold: () => fold(false),
    columnMenu: () => host.openColumnMenu(active.value.col), openRow,
    nextFinding: () => finding(1), previousFinding: () => finding(-1),
    toggleChoice: () => void editor.toggleChoice(),
  }

  /** Keys that must still reach the browser or the input when the command has nothing to do. */
  function passesOn(command: Command): boolean {
    if (command === 'toggleChoice') return sheet.activeColumn.value?.field.kind !== 'bool'
    // Esc leaves the panel, the search …: it is the grid's only where something typed can be given up.
    if (command === 'giveUp') return sheet.markedCells().length === 0
    return false
  }

  function onKey(event: KeyboardEvent): void {
    const command = commandFor(event, sheet.mode.value, editor.picker.state.open)
    if (!command || passesOn(command)) return
    event.preventDefault()
    event.stopPropagation()
    run[command]()
  }

  // ---- clipboard: the DOM's own events on the focused input, never navigator.clipboard

  function onCopy(event: ClipboardEvent): boolean {
    if (sheet.mode.value !== 'nav') return false
    event.preventDefault()
    const { top, left, right } = range.value
    const bottom = Math.min(range.value.bottom, sheet.rowCount.value - 1)
    if ((bottom - top + 1) * (right - left + 1) > COPY_LIMIT) {
      sheet.emit('notice', t('grid.copy.big'))
      return false
    }
    const missing = Array.from({ length: Math.max(0, bottom - top + 1) }, (_, i) => top + i).some((row) => !model.loaded(row))
    // The clipboard must be filled inside the event, so rows that are not here yet need a second press.
    if (missing) {
      sheet.withRows(top, bottom + 1, () => sheet.emit('notice', t('grid.copy.again')))
      return false
    }
    const cells: string[][] = []
    for (let row = top; row <= bottom; row++) cells.push(sheet.columns.value.slice(left, right + 1).map((column) => model.editText(row, column)))
    event.clipboardData?.setData('text/plain', toTsv(cells))
    return true
  }

  function onCut(event: ClipboardEvent): void {
    if (onCopy(event)) gesture((at) => clearBlock(model, at, 'cut'))
  }

  function onPaste(event: ClipboardEvent): void {
    if (sheet.mode.value !== 'nav') return
    event.preventDefault()
    const text = event.clipboardData?.getData('text/plain') ?? ''
    if (text === '') return
    const cells = parseTsv(text)
    const { top, left } = range.value
    const height = cells.length
    const at = range.value
    paste(() => pasteBlock(model, cells, at, sheet.appendable.value), top, Math.max(at.bottom + 1, top + height))
    if (height === 1 && cells[0]!.length === 1) return
    const width = Math.max(...cells.map((line) => line.length))
    sheet.select({ anchor: { row: top, col: left }, head: { row: Math.min(top + height, bounds.value.rows) - 1, col: Math.min(left + width, bounds.value.cols) - 1 } })
  }

  return { run, onKey, onCopy, onCut, onPaste }
}
