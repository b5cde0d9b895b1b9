// Count, sum and average of what is selected, as a status bar shows them. Exact: whole 分, BigInt.
import type { CellModel } from './model'
import { columnsIn, rowsIn, type Range } from './selection'

export interface Summary {
  /** Cells that hold something. */
  filled: number
  /** Amounts among them; the sums are of these. */
  amounts: number
  /** 分; null when there is no amount or the sum is beyond what an amount can be. */
  sum: number | null
  /** 分, rounded half away from zero. */
  average: number | null
  /** false when rows of the range have not been read or the range is too large to add up here. */
  complete: boolean
}

/** More cells than this are added up by the backend, not while a key is held down. */
const MOST_CELLS = 200_000

/** 分; twice as much is still an exact number. */
const HALF_EXACT = 2 ** 52

export function summarise(model: CellModel, range: Range): Summary {
  const none: Summary = { filled: 0, amounts: 0, sum: null, average: null, complete: false }
  if (rowsIn(range) * columnsIn(range) > MOST_CELLS) return none
  const columns = model.columns.slice(range.left, range.right + 1)
  let [filled, amounts, total, complete] = [0, 0, 0n, true]
  /** Not yet in `total`: plain numbers are exact below HALF_EXACT and ten times quicker. */
  let part = 0
  for (let row = range.top; row <= range.bottom; row++) {
    if (!model.loaded(row)) complete = false
    // A subtotal already holds the rows under it.
    const now = model.at(row)
    if (now.source?.style === 'total') continue
    for (const column of columns) {
      const value = now.value(column)
      if (value === null || value === '') continue
      filled++
      if (column.field.kind !== 'money' || typeof value !== 'number') continue
      amounts++
      if (Math.abs(value) > HALF_EXACT) {
        total += BigInt(value)
        continue
      }
      part += value
      if (Math.abs(part) <= HALF_EXACT) continue
      total += BigInt(part)
      part = 0
    }
  }
  total += BigInt(part)
  const safe = amounts > 0 && total <= BigInt(Number.MAX_SAFE_INTEGER) && total >= -BigInt(Number.MAX_SAFE_INTEGER)
  if (!safe) return { ...none, filled, amounts, complete }
  return { filled, amounts, sum: Number(total), average: Number(divide(total, BigInt(amounts))), complete }
}

/** Rounds half away from zero; BigInt division cuts towards zero. */
function divide(total: bigint, parts: bigint): bigint {
  const half = total < 0n ? -parts : parts
  return (total * 2n + half) / (parts * 2n)
}
