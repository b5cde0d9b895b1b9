// Was the pasted block in the unit of the screen? A column of 元 read as 万元 is ten thousand times what
// was there, a column of 万元 read as 元 a ten-thousandth. Pure arithmetic; the person is asked, never overruled.
import { fields, type MoneyUnit } from '../fields'
import type { Block, Entry } from './edits'
import type { CellModel } from './model'
import type { Column } from './types'

/** Columns of a block that look as if they were written in the other unit. */
export interface UnitDoubt {
  columns: Column[]
  /** The unit of the screen, in which they would be read, and the one that would fit. */
  shown: MoneyUnit
  fitting: MoneyUnit
  /** One cell that shows the doubt: as pasted, and what it is compared with. */
  pasted: string
  before: string
}

/** Fewer figures than this say nothing about a column. */
const ENOUGH = 3
/** How far from 10,000 the middle ratio may be: budgets grow and shrink, but not threefold as a rule. */
const SLACK = 3.5

interface Compared {
  entry: Entry
  fen: number
  before: number
}

/** The figures of one column that can be compared: with what the cell held, else with the amount that measures it. */
function compared(model: CellModel, entries: Entry[], column: Column): Compared[] {
  const control = model.allColumns.find((other) => other.key === column.control)
  return entries.flatMap((entry) => {
    if (entry.column !== column || entry.text === undefined || model.locked(entry.row, column)) return []
    const parsed = fields.money.parse(entry.text, column.field, model.context)
    const fen = 'problem' in parsed ? null : parsed.value
    const before = model.value(entry.row, column) || (control && model.value(entry.row, control))
    return typeof fen === 'number' && fen !== 0 && typeof before === 'number' && before !== 0 ? [{ entry, fen, before }] : []
  })
}

const ratioOf = ({ fen, before }: Compared): number => Math.abs(fen / before)
const isAbout = (ratio: number, wanted: number): boolean => ratio > wanted / SLACK && ratio < wanted * SLACK

/** The doubt about a pasted block; null when there is none. */
export function unitDoubt(model: CellModel, block: Block): UnitDoubt | null {
  const shown = model.context.moneyUnit
  const wrong = shown === 'yuan' ? 1e-4 : 1e4
  const columns = [...new Set(block.entries.map((entry) => entry.column))].filter((column) => column.field.kind === 'money')
  const doubtful = columns.flatMap((column) => {
    const figures = compared(model, block.entries, column).sort((a, b) => ratioOf(a) - ratioOf(b))
    const middle = figures[figures.length >> 1]
    return middle && figures.length >= ENOUGH && isAbout(ratioOf(middle), wrong) ? [{ column, middle }] : []
  })
  const [first] = doubtful
  if (!first) return null
  return {
    columns: doubtful.map(({ column }) => column), shown, fitting: shown === 'yuan' ? 'wan' : 'yuan',
    pasted: first.middle.entry.text!.trim(), before: fields.money.format(first.middle.before, first.column.field, model.context),
  }
}

/** The block with the doubtful columns read in the unit that fits. */
export const readInUnit = (block: Block, { columns, fitting }: UnitDoubt): Block => ({
  ...block, entries: block.entries.map((entry) => (columns.includes(entry.column) && entry.text !== undefined ? { ...entry, unit: fitting } : entry)),
})
