// What the user has entered and the source does not show yet. The grid draws drafts over the
// source's rows, so that a value is on the screen in the same frame as the key that committed it.
//
// A good draft goes when its change is settled (saved and read again). A bad one (text that is not a
// value, or a change that was refused) stays, whatever the source says meanwhile, until the source says
// the same or the person corrects it, writes it again or discards it: what a person typed is never cleared.
import type { Change, GridRow, Patch, Value } from './types'

export interface Draft {
  value: Value
  label?: string
  problem?: string
  /** It is a good value that could not be written: committing it unchanged tries again. */
  refused?: boolean
  /** What the source showed when this was entered. */
  old: Value
  /** The source keeps this text although it is no value of its kind. */
  kept?: boolean
  change: number
}

/** Rows past the end have no id yet; they are known by index. */
const keyOf = (id: string | null, row: number): string => id ?? `#${row}`

export class Overlay {
  private rows = new Map<string, Map<string, Draft>>()

  get(id: string | null, row: number, key: string): Draft | undefined {
    return this.rows.get(keyOf(id, row))?.get(key)
  }

  /** Keys drafted in this row, for counting what waits. */
  drafts(id: string | null, row: number): ReadonlyMap<string, Draft> | undefined {
    return this.rows.get(keyOf(id, row))
  }

  add(change: Change): void {
    for (const patch of change.patches) this.set(patch, change.id)
  }

  private set(patch: Patch, change: number): void {
    const name = keyOf(patch.id, patch.row)
    const row = this.rows.get(name) ?? new Map<string, Draft>()
    const { value, label, problem, old } = patch
    row.set(patch.key, { value, label, problem, old, change })
    this.rows.set(name, row)
  }

  drop(id: string | null, row: number, key: string): void {
    const name = keyOf(id, row)
    const drafts = this.rows.get(name)
    drafts?.delete(key)
    if (drafts?.size === 0) this.rows.delete(name)
  }

  /** The source has a new version of this row: bad drafts go that it holds, or held and gave up (an undo). */
  refresh(row: GridRow): void {
    const drafts = this.rows.get(row.id)
    if (!drafts) return
    for (const [key, draft] of drafts) {
      if (!draft.problem) continue
      const same = (row.values[key] ?? null) === draft.value
      // The backend keeps the text as it is: the mark stays until the backend marks it or it changes again.
      if (same && !draft.refused && !row.findings?.[key]) draft.kept = true
      else if (same || draft.kept) drafts.delete(key)
    }
    if (drafts.size === 0) this.rows.delete(row.id)
  }

  get empty(): boolean {
    return this.rows.size === 0
  }

  /** The change was saved and read again: its good drafts go, the source shows them now. */
  settle(change: number): void {
    for (const [name, drafts] of this.rows) {
      for (const [key, draft] of drafts) if (draft.change === change && !draft.problem) drafts.delete(key)
      if (drafts.size === 0) this.rows.delete(name)
    }
  }

  /** Takes everything of a change back, as if it had not been entered. */
  discard(change: number): void {
    for (const [name, drafts] of this.rows) {
      for (const [key, draft] of drafts) if (draft.change === change) drafts.delete(key)
      if (drafts.size === 0) this.rows.delete(name)
    }
  }

  /** The change was refused as a whole: everything in it stays on the screen, marked with the reason. */
  refuse(change: number, problem: string): void {
    for (const drafts of this.rows.values()) {
      for (const draft of drafts.values()) {
        if (draft.change === change && !draft.problem) Object.assign(draft, { problem, refused: true })
      }
    }
  }

  /** What was entered past the old end of the list stands past the new one. */
  moved(was: number, count: number): void {
    const past = [...this.rows].filter(([name]) => name.startsWith('#') && Number(name.slice(1)) >= was)
    past.forEach(([name]) => this.rows.delete(name))
    past.forEach(([name, drafts]) => this.rows.set(keyOf(null, Number(name.slice(1)) + count - was), drafts))
  }

  /**
   * The source has `count` rows now. What is still marked in a row that was past the end follows that row's
   * new id; a row that was refused altogether was not the one created, and stays past the end.
   */
  grown(count: number, idOf: (row: number) => string | null): void {
    let end = count
    for (const [name, drafts] of [...this.rows]) {
      const row = name.startsWith('#') ? Number(name.slice(1)) : count
      const id = row < count ? idOf(row) : null
      if (id === null) continue
      this.rows.delete(name)
      if ([...drafts.values()].every((draft) => draft.refused)) {
        while (this.rows.has(keyOf(null, end))) end++
        this.rows.set(keyOf(null, end), drafts)
      } else this.rows.set(id, new Map([...drafts, ...(this.rows.get(id) ?? [])]))
    }
  }

  /** Rows to show past `count` because something was entered there. */
  rowsBeyond(count: number): number {
    let last = count - 1
    for (const name of this.rows.keys()) if (name.startsWith('#')) last = Math.max(last, Number(name.slice(1)))
    return last + 1 - count
  }
}
