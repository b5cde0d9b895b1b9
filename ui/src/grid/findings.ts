// Where the next marked cell is, in reading order, round the end. Pure over the model.
import type { CellModel } from './model'
import type { Cell } from './selection'

/** The next cell with a finding after `from` (not `from` itself unless it is the only one); null when there is none. */
export function nextFinding(model: CellModel, from: Cell, step: 1 | -1): Cell | null {
  const rows = model.rowCount
  const { columns } = model
  for (let distance = 0; distance <= rows; distance++) {
    const row = (((from.row + step * distance) % rows) + rows) % rows
    if (!model.mayHaveFindings(row)) continue
    const marked = columns.flatMap((column, col) => (model.finding(row, column) ? [col] : []))
    const ahead = (col: number): boolean => (step > 0 ? col > from.col : col < from.col)
    const candidates = distance === 0 ? marked.filter(ahead) : distance === rows ? marked.filter((col) => !ahead(col)) : marked
    const col = step > 0 ? candidates[0] : candidates.at(-1)
    if (col !== undefined) return { row, col }
  }
  return null
}
