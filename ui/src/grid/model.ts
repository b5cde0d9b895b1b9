// What one cell is right now: the source's row with the user's drafts on top, put into words by the
// column's field kind. Everything that reads cells (painter, editor, clipboard, gestures) asks here.
import { fields, type FieldContext, type Value } from '../fields'
import { t, type TextKey } from '../kit/i18n'
import { Overlay, type Draft } from './overlay'
import type { Column, Finding, GridRow, RowSource, StandIn } from './types'

/** Codes and references: a value that only a list of choices can explain. */
export const isLookup = (column: Column): boolean => fields[column.field.kind].editor === 'lookup'
export const isChoice = (column: Column): boolean => fields[column.field.kind].editor === 'choice'

export class CellModel {
  readonly overlay = new Overlay()
  /** Columns on the screen, in order. */
  columns: Column[] = []
  /** Those and the hidden ones. */
  allColumns: readonly Column[] = []
  context: FieldContext = { moneyUnit: 'yuan' }
  readonly = false

  constructor(public source: RowSource) {}

  /** Rows on the screen: the source's and those entered past its end. */
  get rowCount(): number {
    return this.source.count + this.overlay.rowsBeyond(this.source.count)
  }

  id(row: number): string | null {
    return this.source.row(row)?.id ?? null
  }

  /** false while the row is still on its way from the source. */
  loaded(row: number): boolean {
    return row >= this.source.count || this.source.row(row) !== undefined
  }

  /** The row with everything known of it looked up once: for whoever reads several of its cells. */
  at(row: number): RowNow {
    const source = this.source.row(row)
    return new RowNow(this, source, this.overlay.empty ? undefined : this.overlay.drafts(source?.id ?? null, row))
  }

  /** The source's value, without drafts: what a patch calls `old`. */
  sourceValue(row: number, column: Column): Value {
    return this.source.row(row)?.values[column.key] ?? null
  }

  value(row: number, column: Column): Value {
    return this.at(row).value(column)
  }

  label(row: number, column: Column): string | undefined {
    return this.at(row).label(column)
  }

  text(row: number, column: Column): string {
    return this.at(row).text(column)
  }

  editText(row: number, column: Column): string {
    return this.at(row).editText(column)
  }

  finding(row: number, column: Column): Finding | null {
    return this.at(row).finding(column)
  }

  /** Cheap answer to "may this row have a finding?", so that searching 100,000 rows stays quick. */
  mayHaveFindings(row: number): boolean {
    const found = this.source.row(row)
    return found?.findings !== undefined || this.overlay.drafts(found?.id ?? null, row) !== undefined
  }

  standIn(row: number, column: Column): StandIn | undefined {
    return this.at(row).standIn(column)
  }

  locked(row: number, column: Column): boolean {
    return this.at(row).locked(column)
  }

  treeRow(row: number): GridRow | undefined {
    const found = this.source.row(row)
    return found?.depth === undefined ? undefined : found
  }
}

/** One row at this moment; never kept, because drafts and windows come and go. */
export class RowNow {
  constructor(
    private readonly model: CellModel,
    readonly source: GridRow | undefined,
    private readonly drafts: ReadonlyMap<string, Draft> | undefined,
  ) {}

  value(column: Column): Value {
    const draft = this.drafts?.get(column.key)
    return draft ? draft.value : (this.source?.values[column.key] ?? null)
  }

  label(column: Column): string | undefined {
    const draft = this.drafts?.get(column.key)
    return draft ? draft.label : this.source?.labels?.[column.key]
  }

  /** What the cell shows. */
  text(column: Column): string {
    return this.worded(column, 'format')
  }

  /** What the editor opens with and the clipboard gets: exact. */
  editText(column: Column): string {
    return this.worded(column, 'edit')
  }

  private worded(column: Column, how: 'format' | 'edit'): string {
    const draft = this.drafts?.get(column.key)
    if (draft?.problem && typeof draft.value === 'string') return draft.label ?? draft.value
    const full = how === 'edit' && !draft ? this.source?.fullLabels?.[column.key] : undefined
    return full ?? this.label(column) ?? fields[column.field.kind][how](this.value(column), column.field, this.model.context)
  }

  /** What stands in the cell while nothing else does. */
  standIn(column: Column): StandIn | undefined {
    return this.value(column) === null ? this.source?.standIns?.[column.key] : undefined
  }

  finding(column: Column): Finding | null {
    const draft = this.drafts?.get(column.key)
    if (draft?.problem) return { severity: 'error', message: this.whatIsMarked(draft, column) }
    // The source's finding is about the old value; the new one has not been judged yet.
    if (draft) return null
    return this.source?.findings?.[column.key] ?? null
  }

  /** Why a draft is marked; with both figures where the source says another one, and how to choose. */
  private whatIsMarked(draft: Draft, column: Column): string {
    const says = this.source?.values[column.key] ?? null
    if (!draft.refused && (says === draft.old || says === draft.value)) return draft.problem!
    const words = { reason: draft.problem!, mine: this.text(column), now: this.sourceText(column) || t('grid.empty') }
    return t(draft.refused ? 'grid.refused.figures' : 'grid.bad.figures', words)
  }

  /** What the source says of a cell, in words, whatever is drafted over it. */
  private sourceText(column: Column): string {
    const label = this.source?.labels?.[column.key]
    return label ?? fields[column.field.kind].format(this.source?.values[column.key] ?? null, column.field, this.model.context)
  }

  locked(column: Column): boolean {
    if (this.model.readonly || column.locked) return true
    const locked = this.source?.locked
    return locked === true || (locked?.includes(column.key) ?? false)
  }
}

/** The message of a parse problem in the current language. */
export const problemText = (problem: TextKey, values?: Record<string, string | number>): string => t(problem, values)
