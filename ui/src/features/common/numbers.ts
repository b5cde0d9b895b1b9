// Count, sum and average of a selected range, for the status bar. Amounts are whole 分 and are added
// as BigInt, so that no sum is ever off by a fen.
import type { CellModel } from '../../grid/model'
import type { Range } from '../../grid/selection'
import type { SheetStatus } from './status'

/** More cells than this are not added up while the selection moves. */
const MOST_CELLS = 200_000

/** '12.5' at scale 2 to 1250n; null when it is no plain decimal. */
function scaled(text: string, scale: number): bigint | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (!match) return null
  const digits = match[2]! + (match[3] ?? '').padEnd(scale, '0').slice(0, scale)
  return BigInt(match[1]! + digits)
}

/** Numbers in `range` as far as its rows have arrived; null when there are none or only one cell. */
export function numbersIn(model: CellModel, range: Range): SheetStatus['numbers'] {
  const columns = model.columns.slice(range.left, range.right + 1)
    .filter(({ field }) => field.kind === 'money' || field.kind === 'decimal' || field.kind === 'integer')
  const cells = (range.bottom - range.top + 1) * (range.right - range.left + 1)
  if (cells < 2 || columns.length === 0 || cells > MOST_CELLS) return null
  const money = columns.every(({ field }) => field.kind === 'money')
  const scale = money ? 2 : Math.max(...columns.map(({ field }) => (field.kind === 'money' ? 2 : field.scale ?? 0)))
  let count = 0
  let sum = 0n
  for (let row = range.top; row <= range.bottom; row++) {
    // Headings already hold the sums of the rows under them.
    if (model.source.row(row)?.style === 'total') continue
    for (const column of columns) {
      const value = model.value(row, column)
      if (value === null || typeof value === 'boolean') continue
      const digits = column.field.kind === 'money' ? (typeof value === 'number' ? BigInt(value) * 10n ** BigInt(scale - 2) : null) : scaled(String(value), scale)
      if (digits === null) continue
      count++
      sum += digits
    }
  }
  return count === 0 ? null : { count, sum, money, scale }
}
