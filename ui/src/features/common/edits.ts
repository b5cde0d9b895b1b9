// From one gesture on a sheet to the edits of one call. Pure.
import type { EntityDef } from '../../generated/EntityDef'
import type { Edit } from '../../generated/Edit'
import type { Value } from '../../fields'
import type { Change, Patch } from '../../grid/types'
import { fieldOf, labelText } from '../../form/documents'
import { t, type WordKey } from '../../words'

export interface EditContext {
  def: EntityDef
  year: number
  /** Rows the sheet has; what lies at or past it is created. */
  count: number
  /** Values every new record gets (the unit chosen above the sheet …). */
  defaults: Readonly<Record<string, Value>>
  /** What the sheet shows for this cell now, i.e. after the writes before this one. */
  shown(patch: Patch): Value
}

/**
 * Sets for rows that exist, one New for each row up to the last one entered. Text that is no value is
 * not written: the sheet keeps it, marked. A row of nothing but such text is still created, so that
 * rows of the sheet and records stay one to one.
 */
export function editsOf(change: Change, context: EditContext): Edit[] {
  const { def, year, count, defaults, shown } = context
  const edits: Edit[] = []
  const fresh = new Map<number, Record<string, Value>>()
  const last = change.patches.reduce((most, patch) => Math.max(most, patch.row), -1)
  for (let row = count; row <= last; row++) fresh.set(row, { ...defaults })
  for (const patch of change.patches) {
    if (patch.problem) continue
    const { id, key, row, value } = patch
    if (id === null) fresh.get(row)![key] = value
    else edits.push({ edit: 'set', entity: def.entity, id, field: key, from: shown(patch), to: value })
  }
  for (const values of fresh.values()) {
    edits.push({ edit: 'new', entity: def.entity, id: null, fiscal_year: year, division: null, fields: values })
  }
  return edits
}

/** What the log and Ctrl+Z call the gesture: 年度预算 修改申报数, 项目 粘贴 1000 行×9 列. */
export function gestureLabel(change: Change, def: EntityDef): string {
  const { gesture, rows, columns, patches } = change
  const entity = labelText(def.label)
  const single = rows * columns === 1
  const field = patches[0] && fieldOf(def, patches[0].key)
  if (change.appended > 0) return t('gesture.new', { entity, n: change.appended })
  if (single && field) return t('gesture.cell', { entity, field: labelText(field.label) })
  return t(`gesture.${gesture}` as WordKey, { entity, rows, columns })
}
