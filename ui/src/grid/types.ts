// The words of the sheet grid. It knows columns, rows, cells, findings and options, and not one
// business noun: whoever uses it says what a column means. Start here, then SheetGrid.vue.
import type { FieldSpec, Value } from '../fields'

export type { MoneyUnit, Value } from '../fields'

/** One column. `field` decides how values look, parse and are edited. Frozen columns come first. */
export interface Column {
  key: string
  title: string
  /** px at the medium font size. */
  width: number
  field: FieldSpec
  frozen?: boolean
  /** Shows the fold mark and indent of tree rows. */
  tree?: boolean
  /** No cell of this column may be typed into (derived figures, keys). */
  locked?: boolean
  /** Header button for sort and filter; both true unless said otherwise. */
  sortable?: boolean
  filterable?: boolean
  /** Key of the amount in the same row that this one is measured by: pasted figures of another size are asked about. */
  control?: string
  /** A sentence shown when the pointer rests on the header. */
  help?: string
}

export type Severity = 'error' | 'warning'

/** What is wrong with one cell; data, never an exception. */
export interface Finding {
  severity: Severity
  message: string
}

/** A muted word in an empty cell, and why it is there. */
export interface StandIn {
  text: string
  why: string
}

/** One row as the source gives it. The grid never changes it. */
export interface GridRow {
  /** Stable identity: drafts and findings follow the record when rows are sorted. */
  id: string
  values: Readonly<Record<string, Value>>
  /** Words for values that people do not read (ids, bare codes): '2010301 行政运行'. */
  labels?: Readonly<Record<string, string>>
  /** What the clipboard and the editor get where `labels` alone would not say which one is meant. */
  fullLabels?: Readonly<Record<string, string>>
  /** What stands in cells that are empty for the time being; a word for the eye, never for the value, the editor or the clipboard. */
  standIns?: Readonly<Record<string, StandIn>>
  findings?: Readonly<Record<string, Finding>>
  /** true: the whole row; a list: these keys. */
  locked?: true | readonly string[]
  /** Tree rows: depth from 0; `kids` true when there is something to fold; `open` when unfolded. */
  depth?: number
  kids?: boolean
  open?: boolean
  /** 'total': drawn bold (小计 rows inside the sheet). */
  style?: 'total'
}

/**
 * What happened to a source: some rows are new; rows were added at the end or everything may be another (reset); it is
 * another list than the one of `was` rows before, whose row `from` is row `to` now (anew).
 */
export type SourceChange =
  | { kind: 'rows'; from: number; to: number }
  | { kind: 'reset' }
  | { kind: 'anew'; was: number; moved: Moved | null }

/** A row that was `from` is `to` now. */
export interface Moved {
  from: number
  to: number
}

/**
 * Where rows come from. Windows of 200 over the calls for anything long; see sources.ts for the two
 * ready-made ones. Ranges are half-open: [from, to).
 */
export interface RowSource {
  readonly count: number
  /** undefined while the row has not arrived. */
  row(index: number): GridRow | undefined
  /** The view shows these rows: fetch what is missing, newest wish first. */
  ensure(from: number, to: number): void
  /** A gesture needs these rows: resolves when all are there, rejects when they cannot be read. */
  load(from: number, to: number): Promise<void>
  /** Calls back after every change; returns the way to stop. */
  subscribe(listener: (change: SourceChange) => void): () => void
}

/** Ids of the records that a change made, in the order of their lines. */
export type Created = readonly string[]

/** One cell's new value. `row` is the index at the time; `id` is null for a row that does not exist yet. */
export interface Patch {
  row: number
  id: string | null
  key: string
  old: Value
  value: Value
  /** What to show for `value` (codes, references) until the source says. */
  label?: string
  /** Set when the text is not a value of this kind: `value` is then the text as typed, kept and marked. */
  problem?: string
}

export type Gesture = 'type' | 'pick' | 'paste' | 'cut' | 'clear' | 'fill'

/** One gesture = one change = one undo = one write. */
export interface Change {
  /** For `settle`: unique within this grid. */
  id: number
  gesture: Gesture
  patches: Patch[]
  /** Rows past the end that this change creates (paste with `canAppend`). */
  appended: number
  /** Locked cells that were passed over. */
  skipped: number
  /** Patches whose text is not a value. */
  bad: number
  /** Size of the touched block, for the sentence "已粘贴 1000 行×9 列". */
  rows: number
  columns: number
}

/** One choice of a code list. `value` goes into the record; `code` and `name` are what people read. */
export interface Option {
  value: Value
  code: string
  name: string
  /** A grey remark at the right: pinyin initials, parent name, why it cannot be chosen. */
  hint?: string
  /** Shown, not choosable (a code that is not a leaf). */
  disabled?: boolean
}

/** Searches a column's choices by code, name or pinyin initials; best first, at most ~50. */
export type Suggest = (column: Column, query: string) => Promise<Option[]>

/** Finds the one choice each pasted text means; null where there is none or more than one. */
export type Resolve = (column: Column, texts: string[]) => Promise<(Option | null)[]>

/** What the user did to the view; the data layer sorts and filters. Use with v-model:view, keep it in the settings. */
export interface GridView {
  sort: { key: string; direction: 'up' | 'down' } | null
  /** Filter text per column key, as typed. */
  filters: Record<string, string>
  /** px at the medium font size, only for columns the user changed. */
  widths: Record<string, number>
  hidden: string[]
}

export const emptyView = (): GridView => ({ sort: null, filters: {}, widths: {}, hidden: [] })

/** The pinned last line. Values are shown like cells of their column. */
export interface Totals {
  label: string
  values: Record<string, Value>
}

/** The active cell and the range around it, for a status bar or a side panel. */
export interface GridSelection {
  row: number
  key: string
  id: string | null
  title: string
  text: string
  finding: Finding | null
  rows: number
  columns: number
}
