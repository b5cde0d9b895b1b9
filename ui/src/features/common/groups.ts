// Rows under headings: a list that is ordered by one field, shown with one heading per value of it,
// each of which folds. Pure arithmetic between lines on the sheet and rows of the list.
import type { Value } from '../../fields'

export interface Group {
  /** JSON of the value: stable, also for null. */
  key: string
  value: Value
  /** Words of the heading. */
  title: string
  /** Rows of the list under it. */
  count: number
  /** 分 per money field. */
  sums: Readonly<Record<string, number>>
  open: boolean
}

/** One line of the sheet: a heading, or the `row`-th row of the list. */
export type Line = { heading: Group } | { group: Group; row: number }

export class Grouped {
  /** Line of each heading, and first list row of each group; both ascending. */
  private readonly starts: number[] = []
  private readonly firsts: number[] = []
  readonly lines: number

  constructor(readonly groups: readonly Group[]) {
    let line = 0
    let row = 0
    for (const group of groups) {
      this.starts.push(line)
      this.firsts.push(row)
      line += 1 + (group.open ? group.count : 0)
      row += group.count
    }
    this.lines = line
  }

  /** Index of the group whose range contains `at`. */
  private within(starts: readonly number[], at: number): number {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (starts[middle]! <= at) low = middle
      else high = middle - 1
    }
    return low
  }

  at(line: number): Line {
    const index = this.within(this.starts, line)
    const group = this.groups[index]!
    const offset = line - this.starts[index]!
    return offset === 0 ? { heading: group } : { group, row: this.firsts[index]! + offset - 1 }
  }

  /** The line of a list row; null while its group is folded. */
  lineOf(row: number): number | null {
    if (this.groups.length === 0) return null
    // Empty groups share their first row with the next one: the last of equals is the one that has it.
    const index = this.within(this.firsts, row)
    const group = this.groups[index]!
    return group.open ? this.starts[index]! + 1 + row - this.firsts[index]! : null
  }

  groupOf(row: number): Group | undefined {
    return this.groups[this.within(this.firsts, row)]
  }

  /** The span [from, to) of list rows that lines [from, to) need; null when they are all headings. */
  rowsOf(from: number, to: number): { from: number; to: number } | null {
    let span: { from: number; to: number } | null = null
    for (let line = from; line < Math.min(to, this.lines); line++) {
      const found = this.at(line)
      if (!('row' in found)) continue
      span = span ? { from: span.from, to: found.row + 1 } : { from: found.row, to: found.row + 1 }
    }
    return span
  }
}

/** Headings in the order of the list: by what is written, empty first, as the desk sorts. */
export function inListOrder<T extends { order: string | null }>(groups: T[]): T[] {
  return [...groups].sort((a, b) => {
    if (a.order === b.order) return 0
    if (a.order === null) return -1
    if (b.order === null) return 1
    return a.order < b.order ? -1 : 1
  })
}
