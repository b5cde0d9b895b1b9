// From what a person types into a column's filter to the tests the desk understands. Pure.
//
// Words: text that is contained. Numbers, years, dates: 100 · >=100 · <=100 · 100~200. 空 and 非空 work
// everywhere. Text that fits none of these is a problem, told to the person, never a guess.
import { fields, type MoneyUnit, type Value } from '../../fields'
import type { FieldDef } from '../../generated/FieldDef'
import type { Filter } from '../../generated/Filter'
import type { GridView } from '../../grid/types'
import type { EntityDef } from '../../generated/EntityDef'
import type { Sort } from '../../generated/Sort'
import { fieldOf, labelText, specOf } from '../../form/documents'
import { t } from '../../words'

const EMPTY = ['空', '(空)', '（空）', '=']
const NOT_EMPTY = ['非空', '(非空)', '（非空）', '<>']
const CONTAINS: ReadonlySet<FieldDef['kind']> = new Set(['text', 'code', 'reference'])

export class FilterProblem extends Error {}

function valueOf(field: FieldDef, text: string, unit: MoneyUnit): Value {
  const parsed = fields[field.kind].parse(text, specOf(field), { moneyUnit: unit })
  if ('problem' in parsed || parsed.value === null) throw new FilterProblem(t('filter.bad', { field: labelText(field.label), text }))
  return parsed.value
}

/** The tests of one column; all must hold. Throws FilterProblem. */
export function filtersOf(field: FieldDef, typed: string, unit: MoneyUnit): Filter[] {
  const text = typed.trim()
  if (text === '') return []
  if (EMPTY.includes(text)) return [{ field: field.name, test: 'empty' }]
  if (NOT_EMPTY.includes(text)) return [{ field: field.name, test: 'not_empty' }]
  if (CONTAINS.has(field.kind)) return [{ field: field.name, test: 'contains', value: text }]
  const value = (part: string): Value => valueOf(field, part, unit)
  const range = /^(.+?)\s*(?:~|～|\.\.|至)\s*(.+)$/.exec(text)
  if (range) return [{ field: field.name, test: 'at_least', value: value(range[1]!) }, { field: field.name, test: 'at_most', value: value(range[2]!) }]
  const bound = /^(>=|≥|<=|≤|=)\s*(.+)$/.exec(text)
  if (!bound) return [{ field: field.name, test: 'equals', value: value(text) }]
  const test = { '>=': 'at_least', '≥': 'at_least', '<=': 'at_most', '≤': 'at_most', '=': 'equals' } as const
  return [{ field: field.name, test: test[bound[1] as keyof typeof test], value: value(bound[2]!) }]
}

/** All filters a person set in the columns of a sheet. Throws FilterProblem. */
export function viewFilters(def: EntityDef, view: GridView, unit: MoneyUnit): Filter[] {
  return Object.entries(view.filters).flatMap(([key, text]) => {
    const field = fieldOf(def, key)
    return field ? filtersOf(field, text, unit) : []
  })
}

/** The order of a sheet: what the person asked for first, then the screen's own. */
export function viewSort(view: GridView, own: readonly Sort[]): Sort[] {
  const asked = view.sort ? [{ field: view.sort.key, descending: view.sort.direction === 'down' }] : []
  return [...asked, ...own.filter((sort) => sort.field !== view.sort?.key)]
}
