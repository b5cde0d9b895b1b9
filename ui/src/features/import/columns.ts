// The columns of a sheet and the fields they stand for: letters, samples, the choice shown in each
// line, and what is still missing. Pure.
import type { ColumnMap } from '../../generated/ColumnMap'
import type { ColumnRole } from '../../generated/ColumnRole'
import type { EntityDef } from '../../generated/EntityDef'
import type { FieldDef } from '../../generated/FieldDef'
import type { HeadRow } from '../../generated/HeadRow'
import type { Layout } from '../../generated/Layout'

/** 0 → A, 26 → AA. */
export function columnName(column: number): string {
  const letter = String.fromCharCode(65 + (column % 26))
  return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter
}

/** The first values under the header, at most `most`. */
export function samples(head: readonly HeadRow[], layout: Layout, column: number, most = 2): string[] {
  const values = head.filter((row) => row.sheet_row > layout.data_from).map((row) => (row.cells[column] ?? '').trim())
  return [...new Set(values.filter((value) => value !== ''))].slice(0, most)
}

/** A role as the value of a native select. */
export function roleKey(role: ColumnRole): string {
  if (role.role === 'field') return `field:${role.field}`
  if (role.role === 'level') return `level:${role.field}:${role.level}`
  return role.role
}

export function roleOf(key: string): ColumnRole {
  const [role, field = '', level = '0'] = key.split(':')
  if (role === 'field') return { role, field }
  if (role === 'level') return { role, field, level: Number(level) }
  return { role: role === 'key' ? 'key' : 'ignore' }
}

/** How sure the reader was: what to say beside the line. */
export type Certainty = 'same' | 'likely' | 'unsure' | 'left'

/** Of 100: from here on the header is the field's own name or alias. */
const SAME = 100
const LIKELY = 80

export function certainty({ role, confidence }: ColumnMap): Certainty {
  if (role.role === 'ignore') return 'left'
  if (confidence >= SAME) return 'same'
  return confidence >= LIKELY ? 'likely' : 'unsure'
}

/** Gives a column another role by hand; a field that another column had is taken from it. */
export function assign(layout: Layout, column: number, role: ColumnRole): Layout {
  const key = roleKey(role)
  const taken = (map: ColumnMap): boolean => role.role !== 'ignore' && map.column !== column && roleKey(map.role) === key
  const columns = layout.columns.map((map): ColumnMap => {
    if (map.column === column) return { ...map, role, confidence: SAME }
    return taken(map) ? { ...map, role: { role: 'ignore' }, confidence: 0 } : map
  })
  return { ...layout, columns }
}

export const broughtFields = (layout: Layout): Set<string> =>
  new Set(layout.columns.flatMap(({ role }) => (role.role === 'field' || role.role === 'level' ? [role.field] : [])))

/**
 * Fields that no column brings and that every record needs: those of the key, and required ones without
 * a default. One value for all rows may be given instead. With the key column of our own files nothing is missing.
 */
export function missingFields(def: EntityDef, layout: Layout): FieldDef[] {
  if (layout.columns.some(({ role }) => role.role === 'key')) return []
  const brought = broughtFields(layout)
  const needed = (field: FieldDef): boolean =>
    !field.derived && (def.key.includes(field.name) || (field.required === true && (field.default ?? null) === null))
  return def.fields.filter((field) => needed(field) && !brought.has(field.name))
}

/** Only these can be the same in every row; a code or a name of the record itself cannot. */
export const canBeGiven = (def: EntityDef, field: FieldDef): boolean =>
  field.name !== def.title && !(def.key.length === 1 && def.key[0] === field.name)
