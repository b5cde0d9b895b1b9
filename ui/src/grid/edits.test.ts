import { beforeEach, describe, expect, it, vi } from 'vitest'
import { changeOf, clearBlock, copyAbove, fillDown, fillRight, pasteBlock, reportOf, resolveEntries, unresolved, type Entry } from './edits'
import { CellModel } from './model'
import { arraySource } from './sources'
import type { Column, Option } from './types'

const columns: Column[] = [
  { key: 'name', title: '名称', width: 100, field: { kind: 'text', max: 20 } },
  { key: 'func', title: '科目', width: 100, field: { kind: 'code' } },
  { key: 'a', title: '金额', width: 100, field: { kind: 'money' } },
  { key: 'b', title: '金额二', width: 100, field: { kind: 'money' } },
  { key: 'sum', title: '合计', width: 100, field: { kind: 'money' }, locked: true },
]
let model: CellModel

beforeEach(() => {
  model = new CellModel(arraySource([0, 1, 2, 3].map((index) => ({
    id: `r${index}`, values: { name: `项目${index}`, func: '2010301', a: index * 100, b: null, sum: 5 },
    labels: { func: '2010301 行政运行' }, locked: index === 3 ? ['a'] : undefined,
  }))))
  model.columns = columns
})

const typed = (row: number, key: string, text: string) => {
  const entries: Entry[] = [{ row, column: columns.find((column) => column.key === key)!, text }]
  return { gesture: 'type' as const, entries, rows: 1, columns: 1 }
}
const box = (top: number, left: number, bottom: number, right: number) => ({ top, left, bottom, right })

describe('typed text', () => {
  it('becomes one patch that knows what was there before', () => {
    expect(changeOf(model, typed(1, 'a', '1,234.50'), 7)).toMatchObject({
      id: 7, gesture: 'type', bad: 0, skipped: 0, patches: [{ row: 1, id: 'r1', key: 'a', old: 100, value: 123_450 }],
    })
  })

  it('that changes nothing makes no change, in 万元 too', () => {
    expect(changeOf(model, typed(1, 'a', '1'), 1)).toBeNull()
    expect(changeOf(model, typed(1, 'a', '1.00'), 1)).toBeNull()
    model.context = { moneyUnit: 'wan' }
    expect(changeOf(model, typed(1, 'a', model.editText(1, columns[2]!)), 1)).toBeNull()
  })

  it('that is no value is kept as typed and marked', () => {
    const change = changeOf(model, typed(1, 'a', '很多钱'), 1)!
    expect(change.patches[0]).toMatchObject({ value: '很多钱', problem: '请填金额（数字），如 1,234.50' })
    model.overlay.add(change)
    expect(model.text(1, columns[2]!)).toBe('很多钱')
    expect(model.finding(1, columns[2]!)).toEqual({ severity: 'error', message: '请填金额（数字），如 1,234.50' })
  })

  it('back to the stored value after a bad text just takes the mark away', () => {
    model.overlay.add(changeOf(model, typed(1, 'a', 'x'), 1)!)
    expect(changeOf(model, typed(1, 'a', '1'), 2)).toBeNull()
    expect(model.finding(1, columns[2]!)).toBeNull()
  })

  it('on a locked cell is passed over and counted', () => {
    expect(changeOf(model, typed(3, 'a', '9'), 1)).toMatchObject({ patches: [], skipped: 1 })
  })
})

describe('pasting', () => {
  it('lays the block from the corner, skips locked cells and drops what falls off the right', () => {
    const block = pasteBlock(model, [['1', '2', '3', '4'], ['5', 'x', '7', '8']], box(0, 2, 0, 2), false)
    const change = changeOf(model, block, 1)!
    expect(change.patches.map(({ row, key, value }) => [row, key, value])).toEqual([
      [0, 'a', 100], [0, 'b', 200], [1, 'a', 500], [1, 'b', 'x'],
    ])
    expect(change).toMatchObject({ skipped: 2, bad: 1 })
    expect(reportOf(change)).toBe('已粘贴 2 行×4 列，跳过锁定 2 格，1 处错误 — 撤销 Ctrl+Z')
  })

  it('past the end makes rows only where that is allowed', () => {
    const cells = [['甲'], ['乙'], ['丙']]
    expect(changeOf(model, pasteBlock(model, cells, box(3, 0, 3, 0), false), 1)).toMatchObject({ appended: 0, patches: [{ row: 3 }] })
    const change = changeOf(model, pasteBlock(model, cells, box(3, 0, 3, 0), true), 1)!
    expect(change.appended).toBe(2)
    expect(change.patches.at(-1)).toMatchObject({ row: 5, id: null, old: null, value: '丙' })
    model.overlay.add(change)
    expect(model.rowCount).toBe(6)
  })

  it('one cell fills the whole range', () => {
    const change = changeOf(model, pasteBlock(model, [['7']], box(0, 2, 2, 3), false), 1)!
    expect(change.patches).toHaveLength(6)
  })

  it('asks once per distinct text of a code column, and keeps what is unknown', async () => {
    const option: Option = { value: '2140106', code: '2140106', name: '公路养护' }
    const resolve = vi.fn(async (_column: Column, texts: string[]) => texts.map((text) => (text === '公路养护' ? option : null)))
    const block = pasteBlock(model, [['公路养护'], ['公路养护'], ['没有的'], ['2010301 行政运行']], box(0, 1, 0, 1), false)
    const entries = await resolveEntries(block.entries, unresolved(model, block.entries), resolve)
    expect(resolve).toHaveBeenCalledExactlyOnceWith(columns[1], ['公路养护', '没有的'])
    const change = changeOf(model, { ...block, entries }, 1)!
    expect(change.patches.map(({ row, value, label, problem }) => [row, value, label, Boolean(problem)])).toEqual([
      [0, '2140106', '2140106 公路养护', false], [1, '2140106', '2140106 公路养护', false], [2, '没有的', undefined, true],
    ])
  })
})

describe('filling and clearing', () => {
  it('down takes the first row of the range, or the row above a single one', () => {
    expect(changeOf(model, fillDown(model, box(1, 2, 2, 2)), 1)!.patches).toMatchObject([{ row: 2, value: 100 }])
    expect(changeOf(model, fillDown(model, box(2, 2, 2, 2)), 1)!.patches).toMatchObject([{ row: 2, value: 100 }])
    expect(changeOf(model, fillDown(model, box(0, 2, 0, 2)), 1)).toBeNull()
  })

  it('down brings a code’s words along', () => {
    const source = arraySource([
      { id: 'x', values: { func: '2140106' }, labels: { func: '2140106 公路养护' } }, { id: 'y', values: {} },
    ])
    model.source = source
    expect(changeOf(model, fillDown(model, box(0, 1, 1, 1)), 1)!.patches).toMatchObject([{ row: 1, value: '2140106', label: '2140106 公路养护' }])
  })

  it('right takes the first column, exactly', () => {
    expect(changeOf(model, fillRight(model, box(1, 2, 1, 3)), 1)!.patches).toMatchObject([{ key: 'b', value: 100 }])
  })

  it('the same as above touches only the active cell', () => {
    expect(changeOf(model, copyAbove(model, { row: 2, col: 0 }), 1)!.patches).toMatchObject([{ row: 2, key: 'name', value: '项目1' }])
  })

  it('clearing empties what may be emptied', () => {
    const change = changeOf(model, clearBlock(model, box(2, 0, 3, 4)), 1)!
    expect(change.patches.map(({ row, key, value }) => [row, key, value])).toEqual([
      [2, 'name', null], [2, 'func', null], [2, 'a', null], [3, 'name', null], [3, 'func', null],
    ])
    expect(change.skipped).toBe(3)
  })
})
