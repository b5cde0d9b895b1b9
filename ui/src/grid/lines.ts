// Which line of the list something was meant for. A record is known by its id; a line past the end, where there is no
// record yet, only by its number, and that may come to mean another line before what was typed there is written: others
// add records, the list is sorted anew, the first cell of the line makes a record of it. Pure.

/** A line at some moment. `id` is null where there was no record. */
export interface Line {
  id: string | null
  row: number
}

/** The list was read anew: what lay past its old end (`was` rows) lies past the new one. */
interface Moved {
  was: number
  by: number
}

export class Lines {
  private readonly happened: (Moved | Line)[] = []

  /** The present moment, for `now`. */
  mark(): number {
    return this.happened.length
  }

  moved(was: number, count: number): void {
    this.happened.push({ was, by: count - was })
  }

  /** A record was made of line `row`. */
  made(row: number, id: string): void {
    this.happened.push({ row, id })
  }

  /** What a line of then is now. */
  now(line: Line, then: number): Line {
    let { id, row } = line
    for (const one of this.happened.slice(then)) {
      if (id !== null) break
      if ('by' in one) row += row >= one.was ? one.by : 0
      else if (one.row === row) id = one.id
    }
    return { id, row }
  }
}
