// The parts of the binding that are plain functions: filters, edits, headings, addresses.
import { beforeAll, describe, expect, it } from 'vitest'
import { openDoor } from '../../backend'
import { fakeDoor } from '../../backend/fake'
import type { Change, Patch } from '../../grid/types'
import { entityDef, fieldOf, loadDocuments } from '../../form/documents'
import { editsOf, gestureLabel } from './edits'
import { FilterProblem, filtersOf, viewSort } from './filters'
import { Grouped, inListOrder, type Group } from './groups'
import { masked } from './gridRows'
import { parseRoute, routeText } from './route'

beforeAll(async () => {
  openDoor(await fakeDoor())
  await loadDocuments()
})

const field = (entity: string, name: string) => fieldOf(entityDef(entity), name)!

describe('a typed filter', () => {
  it('of words means containing them', () => {
    expect(filtersOf(field('agency', 'agency_name'), ' 卫生 ', 'yuan')).toEqual([{ field: 'agency_name', test: 'contains', value: '卫生' }])
  })

  it('of amounts follows the unit on the screen and can be a range', () => {
    const amount = field('budget_line', 'apply_up')
    expect(filtersOf(amount, '>=1.5', 'wan')).toEqual([{ field: 'apply_up', test: 'at_least', value: 1_500_000 }])
    expect(filtersOf(amount, '100~200', 'yuan')).toEqual([{ field: 'apply_up', test: 'at_least', value: 10_000 }, { field: 'apply_up', test: 'at_most', value: 20_000 }])
    expect(filtersOf(amount, '1,000', 'yuan')).toEqual([{ field: 'apply_up', test: 'equals', value: 100_000 }])
  })

  it('can ask for empty cells in every kind', () => {
    expect(filtersOf(field('budget_line', 'apply_up'), '空', 'yuan')).toEqual([{ field: 'apply_up', test: 'empty' }])
    expect(filtersOf(field('agency', 'istown'), '是', 'yuan')).toEqual([{ field: 'istown', test: 'equals', value: true }])
  })

  it('that cannot be read is a problem and never a guess', () => {
    expect(() => filtersOf(field('budget_line', 'apply_up'), '很多', 'yuan')).toThrow(FilterProblem)
  })
})

it('the order a person asked for comes before the order of the screen', () => {
  const view = { sort: { key: 'b', direction: 'down' as const }, filters: {}, widths: {}, hidden: [] }
  expect(viewSort(view, [{ field: 'a', descending: false }, { field: 'b', descending: false }])).toEqual([{ field: 'b', descending: true }, { field: 'a', descending: false }])
})

const patch = (row: number, id: string | null, value: string, problem?: string): Patch => ({ row, id, key: 'agency_name', old: '旧', value, problem })
const change = (patches: Patch[], appended = 0): Change => ({ id: 1, gesture: 'paste', patches, appended, skipped: 0, bad: 0, rows: patches.length, columns: 1 })

describe('the edits of a gesture', () => {
  const context = { year: 2026, count: 2, defaults: { istown: true }, shown: () => '现在' }

  it('set existing rows against what the sheet shows now', () => {
    const edits = editsOf(change([patch(0, 'a', '新')]), { def: entityDef('agency'), ...context })
    expect(edits).toEqual([{ edit: 'set', entity: 'agency', id: 'a', field: 'agency_name', from: '现在', to: '新' }])
  })

  it('create one record for each row past the end, with the defaults of the screen', () => {
    const edits = editsOf(change([patch(2, null, '甲'), patch(3, null, '乙')], 2), { def: entityDef('agency'), ...context })
    expect(edits.map((edit) => edit.edit === 'new' && edit.fields)).toEqual([{ istown: true, agency_name: '甲' }, { istown: true, agency_name: '乙' }])
  })

  it('never write text that is no value, but keep rows and records one to one', () => {
    const edits = editsOf(change([patch(0, 'a', 'x', '不对'), patch(2, null, 'y', '不对'), patch(3, null, '乙')], 2), { def: entityDef('agency'), ...context })
    expect(edits.map((edit) => edit.edit === 'new' && edit.fields)).toEqual([{ istown: true }, { istown: true, agency_name: '乙' }])
  })

  it('are called what the person did', () => {
    const def = entityDef('agency')
    expect(gestureLabel(change([patch(0, 'a', '新')]), def)).toBe('预算单位：修改单位名称')
    expect(gestureLabel(change([patch(0, 'a', '新'), patch(1, 'b', '新')]), def)).toBe('预算单位：粘贴 2 行×1 列')
    expect(gestureLabel(change([patch(2, null, '新')], 1), def)).toBe('预算单位：新增 1 行')
  })
})

const group = (key: string, count: number, open = true): Group => ({ key, value: key, title: key, count, sums: {}, open })

describe('headings', () => {
  const grouped = new Grouped([group('a', 2), group('b', 3, false), group('c', 1)])

  it('stand before their rows, and folded rows are not there', () => {
    expect(grouped.lines).toBe(6)
    const lines = Array.from({ length: 6 }, (_, line) => grouped.at(line))
    expect(lines.map((line) => ('heading' in line ? line.heading.key : line.row))).toEqual(['a', 0, 1, 'b', 'c', 5])
  })

  it('know the line of a row, and of none that is folded away', () => {
    expect([0, 1, 2, 4, 5].map((row) => grouped.lineOf(row))).toEqual([1, 2, null, null, 5])
    expect(grouped.groupOf(3)?.key).toBe('b')
  })

  it('say which rows of the list some lines need', () => {
    expect(grouped.rowsOf(0, 6)).toEqual({ from: 0, to: 6 })
    expect(grouped.rowsOf(3, 4)).toBeNull()
    expect(grouped.rowsOf(1, 3)).toEqual({ from: 0, to: 2 })
  })

  it('come in the order of the list: empty first, then by code', () => {
    expect(inListOrder([{ order: '22' }, { order: null }, { order: '219' }]).map((item) => item.order)).toEqual([null, '219', '22'])
  })
})

it('an address says the screen, the record and anything else, and is read back the same', () => {
  const there = { screen: 'project', id: '0199', query: { tab: 'plan', field: '项目' } }
  expect(parseRoute(routeText(there))).toEqual(there)
  expect(parseRoute('')).toEqual({ screen: 'home', id: '', query: {} })
})

it('personal data are masked in lists', () => {
  expect([masked('王芳'), masked('0391-7200000'), masked('')]).toEqual(['王*', '039****00', ''])
})
