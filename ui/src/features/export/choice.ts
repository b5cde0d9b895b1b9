// What is to be exported, as the person chose it, and the request it makes. Pure.
import type { EntityDef } from '../../generated/EntityDef'
import type { Export } from '../../generated/Export'
import type { FieldDef } from '../../generated/FieldDef'
import type { ListQuery } from '../../generated/ListQuery'

export type What = 'view' | 'all' | 'template'

export interface Choice {
  what: What
  entity: string
  year: number
  /** Names of the columns wanted. */
  columns: ReadonlySet<string>
  unit: 'yuan' | 'wan'
  balanced: boolean
  title: string
}

export const everything = (entity: string, year: number): ListQuery =>
  ({ entity, fiscal_year: year, filters: [], sort: [], only_with_findings: false, text: '' })

/** Columns that can be chosen: a template has only what can be filled in. */
export const columnsFor = (def: EntityDef, what: What): FieldDef[] => def.fields.filter((field) => what !== 'template' || !field.derived)

/** The columns ticked at first: what is in sight, else everything, so that the file can come back without loss. */
export function firstColumns(def: EntityDef, what: What, inSight: readonly string[]): Set<string> {
  const names = columnsFor(def, what).map((field) => field.name)
  return new Set(what === 'view' ? names.filter((name) => inSight.includes(name)) : names)
}

/** Without its key a file cannot update the records it came from. */
export const lacksKey = (def: EntityDef, columns: ReadonlySet<string>): boolean => def.key.some((name) => !columns.has(name))

export function requestOf(choice: Choice, def: EntityDef, view: ListQuery | null, path: string): Export {
  const { what, entity, year, unit, title } = choice
  const template = what === 'template'
  return {
    query: what === 'view' && view ? view : everything(entity, year),
    columns: columnsFor(def, what).map((field) => field.name).filter((name) => choice.columns.has(name)),
    unit, template, title: title.trim(), path,
    balanced: choice.balanced && unit === 'wan' && !template,
  }
}

/** The name suggested for the file, without letters that file systems refuse. */
export const fileNameOf = (parts: readonly string[]): string => `${parts.filter(Boolean).join('').replace(/[\\/:*?"<>|\s]+/g, '-')}.xlsx`

/** A folder called `name` in the one where the book lies. */
export function besideBook(book: string, name: string): string {
  const end = Math.max(book.lastIndexOf('/'), book.lastIndexOf('\\'))
  return book.slice(0, end + 1) + name
}
