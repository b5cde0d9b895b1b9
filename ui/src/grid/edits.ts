// From a gesture (typed text, a pasted block, a fill) to patches. Pure apart from asking `resolve`
// which choice a text means. One gesture makes at most one change.
import { fields, type MoneyUnit, type Value } from '../fields'
import { t } from '../kit/i18n'
import type { CellModel, RowNow } from './model'
import { isLookup, problemText } from './model'
import { columnsIn, rowsIn, type Cell, type Range } from './selection'
import type { Change, Column, Gesture, Option, Patch, Resolve } from './types'

/** One cell about to change: either a text still to be understood, or a value already known. */
export interface Entry {
  row: number
  column: Column
  text?: string
  /** The unit an amount in `text` is in, when it is not the screen's. */
  unit?: MoneyUnit
  value?: Value
  label?: string
  problem?: string
}

export interface Block {
  gesture: Gesture
  entries: Entry[]
  rows: number
  columns: number
}

/** The words shown for a chosen option. */
export const optionLabel = (option: Option): string => [option.code, option.name].filter(Boolean).join(' ')

/** A copied block laid on the sheet from the range's corner; a single cell fills the whole range. */
export function pasteBlock(model: CellModel, cells: string[][], range: Range, canAppend: boolean): Block {
  const single = cells.length === 1 && cells[0]!.length === 1
  const rows = single ? rowsIn(range) : cells.length
  const columns = single ? columnsIn(range) : Math.max(...cells.map((line) => line.length))
  const lastRow = canAppend ? Infinity : model.rowCount
  const entries: Entry[] = []
  for (let r = 0; r < rows && range.top + r < lastRow; r++) {
    for (let c = 0; c < columns; c++) {
      const column = model.columns[range.left + c]
      const text = single ? cells[0]![0] : cells[r]![c]
      if (column && text !== undefined) entries.push({ row: range.top + r, column, text })
    }
  }
  return { gesture: 'paste', entries, rows, columns }
}

/** Every cell of the range made from another: `from` names the cell to copy, exactly, labels included. */
function copyBlock(model: CellModel, range: Range, from: (cell: Cell) => Cell): Block {
  const entries: Entry[] = []
  for (let row = range.top; row <= range.bottom; row++) {
    for (let col = range.left; col <= range.right; col++) {
      const origin = from({ row, col })
      const column = model.columns[col]!
      if (origin.row === row && origin.col === col) continue
      const source = model.columns[origin.col]!
      const same = source.key === column.key
      entries.push(same ? exactCopy(model, origin.row, row, column) : { row, column, text: model.editText(origin.row, source) })
    }
  }
  return { gesture: 'fill', entries, rows: rowsIn(range), columns: columnsIn(range) }
}

function exactCopy(model: CellModel, fromRow: number, row: number, column: Column): Entry {
  const finding = model.finding(fromRow, column)
  const value = model.value(fromRow, column)
  // A bad text is parsed again, so that the copy is marked like the original.
  if (finding && typeof value === 'string') return { row, column, text: model.editText(fromRow, column) }
  return { row, column, value, label: model.label(fromRow, column) }
}

/** Ctrl+D: the first row of the range downwards; a single row takes the row above it. */
export function fillDown(model: CellModel, range: Range): Block {
  const origin = rowsIn(range) === 1 ? Math.max(0, range.top - 1) : range.top
  return copyBlock(model, range, ({ col }) => ({ row: origin, col }))
}

/** Ctrl+R: the first column of the range to the right; a single column takes the one to its left. */
export function fillRight(model: CellModel, range: Range): Block {
  const origin = columnsIn(range) === 1 ? Math.max(0, range.left - 1) : range.left
  return copyBlock(model, range, ({ row }) => ({ row, col: origin }))
}

/** Ctrl+': only the active cell, from the one above. */
export function copyAbove(model: CellModel, cell: Cell): Block {
  const range = { top: cell.row, bottom: cell.row, left: cell.col, right: cell.col }
  return copyBlock(model, range, ({ row, col }) => ({ row: Math.max(0, row - 1), col }))
}

export function clearBlock(model: CellModel, range: Range, gesture: Gesture = 'clear'): Block {
  const entries: Entry[] = []
  for (let row = range.top; row <= range.bottom; row++) {
    for (let col = range.left; col <= range.right; col++) entries.push({ row, column: model.columns[col]!, value: null })
  }
  return { gesture, entries, rows: rowsIn(range), columns: columnsIn(range) }
}

/** Understands the texts of the `open` entries, asking once per column and distinct text. */
export async function resolveEntries(entries: Entry[], open: ReadonlySet<Entry>, resolve: Resolve): Promise<Entry[]> {
  const answers = new Map<Column, Map<string, Option | null>>()
  for (const entry of open) {
    const texts = answers.get(entry.column) ?? new Map<string, Option | null>()
    answers.set(entry.column, texts.set(entry.text!.trim(), null))
  }
  for (const [column, texts] of answers) {
    const asked = [...texts.keys()]
    const options = await resolve(column, asked)
    asked.forEach((text, index) => texts.set(text, options[index] ?? null))
  }
  return entries.map((entry) => {
    if (!open.has(entry)) return entry
    const text = entry.text!.trim()
    const option = answers.get(entry.column)?.get(text)
    if (!option) return { ...entry, text: undefined, value: text, problem: t('grid.code.none', { text }) }
    return { row: entry.row, column: entry.column, value: option.value, label: optionLabel(option) }
  })
}

/** The entries whose text is a lookup's and neither empty nor what the cell says already. */
export const unresolved = (model: CellModel, entries: Entry[]): Set<Entry> => new Set(entries.filter((entry) => needsResolving(model, entry)))

function needsResolving(model: CellModel, entry: Entry): boolean {
  if (entry.text === undefined || !isLookup(entry.column)) return false
  if (model.locked(entry.row, entry.column)) return false
  const text = entry.text.trim()
  return text !== '' && text !== model.editText(entry.row, entry.column)
}

function patchOf(model: CellModel, now: RowNow, entry: Entry): Patch {
  const { row, column } = entry
  const base = { row, id: now.source?.id ?? null, key: column.key, old: now.source?.values[column.key] ?? null }
  if (entry.text === undefined) return { ...base, value: entry.value ?? null, label: entry.label, problem: entry.problem }
  const context = entry.unit ? { ...model.context, moneyUnit: entry.unit } : model.context
  const parsed = fields[column.field.kind].parse(entry.text, column.field, context)
  if ('problem' in parsed) {
    return { ...base, value: entry.text.trim(), problem: problemText(parsed.problem, parsed.values) }
  }
  return { ...base, value: parsed.value }
}

/** true when the text is exactly what the cell already says: committing it must change nothing. */
const unchanged = (now: RowNow, entry: Entry): boolean =>
  entry.text !== undefined && !entry.unit && entry.text.trim() === now.editText(entry.column).trim()

/**
 * A refused value committed once more as it stands, now against what the source says today; of a row that
 * could not be created, all of it. Nothing for any other cell.
 */
function secondTry(model: CellModel, { row, column }: Entry): Patch[] {
  const id = model.id(row)
  const refused = (one: Column): boolean => Boolean(model.overlay.get(id, row, one.key)?.refused)
  if (!refused(column)) return []
  const again = id === null ? model.columns.filter(refused) : [column]
  return again.map((one) => {
    const { value, label } = model.overlay.get(id, row, one.key)!
    return { row, id, key: one.key, old: model.sourceValue(row, one), value, label }
  })
}

/**
 * The change a block makes: locked cells are passed over and counted, cells that stay the same are
 * left out. null when nothing changes. Drafts that return to the source's value are dropped here.
 */
export function changeOf(model: CellModel, block: Block, id: number): Change | null {
  const patches: Patch[] = []
  let skipped = 0
  let now = model.at(0)
  let at = 0
  for (const entry of block.entries) {
    // Entries come row by row: each row is looked up once.
    if (entry.row !== at) now = model.at((at = entry.row))
    if (now.locked(entry.column)) {
      skipped++
      continue
    }
    if (unchanged(now, entry)) {
      patches.push(...secondTry(model, entry))
      continue
    }
    const patch = patchOf(model, now, entry)
    const drafted = model.overlay.get(patch.id, patch.row, patch.key)
    const same = patch.value === patch.old && !patch.problem
    if (same && drafted?.problem) model.overlay.drop(patch.id, patch.row, patch.key)
    if (same && (!drafted || drafted.problem)) continue
    patches.push(patch)
  }
  if (patches.length === 0 && skipped === 0) return null
  const end = Math.max(-1, ...tops(patches))
  const { gesture, rows, columns } = block
  const bad = patches.filter((patch) => patch.problem).length
  return { id, gesture, patches, appended: Math.max(0, end + 1 - model.source.count), skipped, bad, rows, columns }
}

/** Row numbers without spreading a 10,000-element list onto the stack. */
function tops(patches: Patch[]): number[] {
  return [patches.reduce((last, patch) => Math.max(last, patch.row), -1)]
}

/** The sentence a person reads after a block gesture: 已粘贴 1000 行×9 列，跳过锁定 12 格，3 处错误. */
export function reportOf(change: Change): string {
  const { rows, columns, skipped, bad, appended } = change
  const parts = [t(`grid.did.${change.gesture}`, { rows, columns })]
  if (appended > 0) parts.push(t('grid.did.appended', { n: appended }))
  if (skipped > 0) parts.push(t('grid.did.skipped', { n: skipped }))
  if (bad > 0) parts.push(t('grid.did.bad', { n: bad }))
  return parts.join(t('grid.did.separator')) + t('grid.did.undo')
}
