import { describe, expect, it } from 'vitest'
import { fakeEntities } from '../../backend/fake'
import type { ColumnMap } from '../../generated/ColumnMap'
import type { Layout } from '../../generated/Layout'
import { assign, canBeGiven, certainty, columnName, missingFields, roleKey, roleOf, samples } from './columns'

const column = (n: number, role: ColumnMap['role'], confidence = 100): ColumnMap => ({ column: n, header: `列${n}`, role, confidence, unit: null, hidden: false })

const layout = (...columns: ColumnMap[]): Layout => ({
  sheet: 0, sheet_name: '表', header_from: 1, header_to: 1, data_from: 2, data_to: null, unit: 'yuan', unit_stated: false, columns,
  hidden_rows: 'include', indented: false, fingerprint: '',
})

const def = (entity: string) => fakeEntities().find((known) => known.entity === entity)!

describe('columns of a sheet', () => {
  it('are lettered as in a spreadsheet', () => {
    expect([0, 25, 26, 701, 702].map(columnName)).toEqual(['A', 'Z', 'AA', 'ZZ', 'AAA'])
  })

  it('show the first different values below the header', () => {
    const head = [['标题'], ['名称'], ['甲'], ['甲'], [''], ['乙'], ['丙']].map((cells, index) => ({ sheet_row: index + 1, cells }))
    expect(samples(head, layout(), 0)).toEqual(['甲', '乙'])
  })

  it('a role survives the way through a native select', () => {
    for (const role of [{ role: 'field', field: 'pro_name' }, { role: 'level', field: 'exp_func', level: 2 }, { role: 'key' }, { role: 'ignore' }] as const) {
      expect(roleOf(roleKey(role))).toEqual(role)
    }
  })

  it('a field chosen for one column is taken from the other, and a choice by hand is certain', () => {
    const before = layout(column(0, { role: 'field', field: 'pro_name' }, 70), column(1, { role: 'ignore' }, 0))
    expect(before.columns.map(certainty)).toEqual(['unsure', 'left'])
    const after = assign(before, 1, { role: 'field', field: 'pro_name' })
    expect(after.columns.map(({ role }) => role.role)).toEqual(['ignore', 'field'])
    expect(after.columns.map(certainty)).toEqual(['left', 'same'])
  })

  it('what every record needs and no column brings is missing, unless the file carries the records’ own ids', () => {
    const some = layout(column(0, { role: 'field', field: 'agency_name' }))
    expect(missingFields(def('agency'), some).map((field) => field.name)).toContain('agency_code')
    expect(missingFields(def('agency'), layout(column(0, { role: 'key' })))).toEqual([])
  })

  it('a code or name of the record itself cannot be the same for all rows', () => {
    const agency = def('agency')
    const given = (name: string): boolean => canBeGiven(agency, agency.fields.find((field) => field.name === name)!)
    expect([given('agency_code'), given('agency_name'), given('start_date')]).toEqual([false, false, true])
  })
})
