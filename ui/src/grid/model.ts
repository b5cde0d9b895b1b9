// What one cell is right now: the source's row with the user's drafts on top, put into words by the
// column's field kind. Everything that reads cells (painter, editor, clipboard, gestures) asks here.
import { fields, type FieldContext, type Value } from '../fields'
import { t, type TextKey } from '../kit/i18n'
import { Overlay, type Draft } from './overlay'
import type { Column, Finding, GridRow, RowSource } from './types'

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

  private draft(row: number, column: Column) {
    return this.overlay.get(this.id(row), row, column.key)
  }

  /** The source's value, without drafts: what a patch calls `old`. */
  sourceValue(row: number, column: Column): Value {
    return this.source.row(row)?.values[column.key] ?? null
  }

  value(row: number, column: Column): Value {
    const draft = this.draft(row, column)
    return draft ? draft.value : this.sourceValue(row, column)
  }

  label(row: number, column: Column): string | undefined {
    const draft = this.draft(row, column)
    return draft ? draft.label : this.source.row(row)?.labels?.[column.key]
  }

  /** What the cell shows. */
  text(row: number, column: Column): string {
    return this.worded(row, column, 'format')
  }

  /** What the editor opens with and the clipboard gets: exact. */
  editText(row: number, column: Column): string {
    return this.worded(row, column, 'edit')
  }

  /** What the source says of a cell, in words, whatever is drafted over it. */
  sourceText(row: number, column: Column): string {
    const label = this.source.row(row)?.labels?.[column.key]
    return label ?? fields[column.field.kind].format(this.sourceValue(row, column), column.field, this.context)
  }

  private worded(row: number, column: Column, how: 'format' | 'edit'): string {
    const draft = this.draft(row, column)
    if (draft?.problem && typeof draft.value === 'string') return draft.label ?? draft.value
    const full = how === 'edit' && !draft ? this.source.row(row)?.fullLabels?.[column.key] : undefined
    return full ?? this.label(row, column) ?? fields[column.field.kind][how](this.value(row, column), column.field, this.context)
  }

  finding(row: number, column: Column): Finding | null {
    const draft = this.draft(row, column)
    if (draft?.problem) return { severity: 'error', message: this.whatIsMarked(draft, row, column) }
    // The source's finding is about the old value; the new one has not been judged yet.
    if (draft) return null
    return this.source.row(row)?.findings?.[column.key] ?? null
  }

  /** Why a draft is marked; with both figures where the source says another one, and how to choose. */
  private whatIsMarked(draft: Draft, row: number, column: Column): string {
    const says = this.sourceValue(row, column)
    if (!draft.refused && (says === draft.old || says === draft.value)) return draft.problem!
    const words = { reason: draft.problem!, mine: this.text(row, column), now: this.sourceText(row, column) || t('grid.empty') }
    return t(draft.refused ? 'grid.refused.figures' : 'grid.bad.figures', words)
  }

  /** Cheap answer to "may this row have a finding?", so that searching 100,000 rows stays quick. */
  mayHaveFindings(row: number): boolean {
    const found = this.source.row(row)
    return found?.findings !== undefined || this.overlay.drafts(found?.id ?? null, row) !== undefined
  }

  locked(row: number, column: Column): boolean {
    if (this.readonly || column.locked) return true
    const { locked } = this.source.row(row) ?? {}
    return locked === true || (locked?.includes(column.key) ?? false)
  }

  treeRow(row: number): GridRow | undefined {
    const found = this.source.row(row)
    return found?.depth === undefined ? undefined : found
  }
}

/** The message of a parse problem in the current language. */
export const problemText = (problem: TextKey, values?: Record<string, string | number>): string => t(problem, values)
