// From the desk's rows to the sheet's: values by name, codes and references in words, findings in
// cells. Also the columns of an entity. Pure, given that the code sets were read.
import { fields, type Value } from '../../fields'
import type { EntityDef } from '../../generated/EntityDef'
import type { FieldDef } from '../../generated/FieldDef'
import type { RefLabel } from '../../generated/RefLabel'
import type { Row } from '../../generated/Row'
import type { RowFinding } from '../../generated/RowFinding'
import type { Column, GridRow, GridView } from '../../grid/types'
import { codeText, referenceText, shortReference } from '../../form/choices'
import { fieldOf, isDerived, labelText, specOf, widthOf } from '../../form/documents'
import { t } from '../../words'

export type Labels = Readonly<Record<string, Readonly<Record<string, RefLabel>>>>

/** What `entity` and `id` are called, in words. */
export const labelOf = (labels: Labels, entity: string, id: string): string | undefined => {
  const label = labels[entity]?.[id]
  return label && referenceText(label)
}

/** The words for a value that people do not read; undefined when its field kind says it well enough. */
export function wordsFor(field: FieldDef, value: Value, labels: Labels): string | undefined {
  if (typeof value !== 'string') return undefined
  if (field.kind === 'code') return codeText(field.set, value)
  if (field.kind === 'reference') return labelOf(labels, field.entity, value)
  return undefined
}

/** The cell a finding is shown in: its own, or the first one when that is not on the sheet. */
function markCells(findings: readonly RowFinding[], def: EntityDef, shown: readonly string[]): GridRow['findings'] {
  if (findings.length === 0) return undefined
  const cells: Record<string, { severity: 'error' | 'warning'; message: string }> = {}
  for (const { field, severity, message: said, reason } of findings) {
    const message = reason ? `${said}${t('checks.explained.why', { reason })}` : said
    const here = field !== null && shown.includes(field)
    const key = here ? field : (shown[0] ?? '')
    const about = field !== null && !here ? fieldOf(def, field) : undefined
    const text = about ? `${labelText(about.label)}：${message}` : message
    const before = cells[key]
    const worst = severity === 'mandatory' || before?.severity === 'error' ? 'error' : 'warning'
    cells[key] = { severity: worst, message: before ? `${before.message}；${text}` : text }
  }
  return cells
}

/** Personal data as lists show it: 王* , 039****00. Editing and copying a cell give all of it. */
export function masked(text: string): string {
  const letters = [...text]
  if (letters.length < 7) return letters.slice(0, 1).join('') + '*'.repeat(Math.max(0, letters.length - 1))
  return `${letters.slice(0, 3).join('')}****${letters.slice(-2).join('')}`
}

export interface RowContext {
  def: EntityDef
  labels: Labels
  /** Keys of the columns on the sheet, in their order. */
  shown: readonly string[]
  depth?: number
}

export function gridRow(row: Row, { def, labels, shown, depth }: RowContext): GridRow {
  const values: Record<string, Value> = {}
  const words: Record<string, string> = {}
  const full: Record<string, string> = {}
  const awaited = row.awaited?.map((name) => [name, { text: t('code.awaited'), why: t('code.awaited.why') }] as const)
  def.fields.forEach((field, index) => {
    const value = row.values[index] ?? null
    values[field.name] = value
    if (field.personal && typeof value === 'string') {
      words[field.name] = masked(value)
      full[field.name] = value
      return
    }
    const text = wordsFor(field, value, labels)
    if (row.unconfirmed?.includes(field.name)) {
      full[field.name] = text ?? fields[specOf(field).kind].format(value, specOf(field), { moneyUnit: 'yuan' })
      words[field.name] = t('sync.unconfirmed', { text: full[field.name]! })
      return
    }
    if (text === undefined) return
    const label = field.kind === 'reference' ? labels[field.entity]?.[String(value)] : undefined
    words[field.name] = label ? shortReference(label) : text
    if (label && words[field.name] !== text) full[field.name] = text
  })
  return {
    id: row.id, values, labels: words, fullLabels: full, standIns: awaited && Object.fromEntries(awaited), findings: markCells(row.findings, def, shown), depth,
    locked: def.append_only || row.deleted ? true : undefined,
  }
}

/** Columns of an entity: those of its list first, then all others for the column chooser. */
export function columnsOf(def: EntityDef, { without = [], first = [], tree }: { without?: readonly string[]; first?: readonly string[]; tree?: string } = {}): Column[] {
  const all = def.fields.filter((field) => !without.includes(field.name))
  const rank = (field: FieldDef): number => {
    const wanted = first.indexOf(field.name)
    if (wanted >= 0) return wanted
    return first.length + (field.list ? 0 : 1)
  }
  const ordered = [...all].sort((a, b) => rank(a) - rank(b))
  const names = [...def.key, def.title]
  return ordered.map((field, index) => ({
    key: field.name, title: labelText(field.label), width: widthOf(field), field: specOf(field), help: field.hint, control: field.control || undefined,
    frozen: index < 2 && names.includes(field.name), tree: field.name === tree, locked: isDerived(field),
  }))
}

/** The view a person sees before they change it: only the columns the document lists. */
export function firstView(columns: readonly Column[], def: EntityDef, first: readonly string[] = []): GridView {
  const listed = (key: string): boolean => first.includes(key) || fieldOf(def, key)?.list === true
  return { sort: null, filters: {}, widths: {}, hidden: columns.filter((column) => !listed(column.key)).map((column) => column.key) }
}
