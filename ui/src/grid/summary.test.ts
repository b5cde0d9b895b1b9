import { expect, it } from 'vitest'
import { CellModel } from './model'
import { arraySource } from './sources'
import { summarise } from './summary'

it('adds up the selected amounts exactly, and only amounts', () => {
  const model = new CellModel(arraySource([10, -5, null, 2].map((a, n) => ({ id: `${n}`, values: { name: '甲', a } }))))
  model.columns = [
    { key: 'name', title: '名称', width: 80, field: { kind: 'text' } }, { key: 'a', title: '金额', width: 80, field: { kind: 'money' } },
  ]
  expect(summarise(model, { top: 0, left: 0, bottom: 3, right: 1 })).toEqual({ filled: 7, amounts: 3, sum: 7, average: 2, complete: true })
  expect(summarise(model, { top: 1, left: 1, bottom: 1, right: 1 })).toMatchObject({ sum: -5, average: -5 })
  expect(summarise(model, { top: 0, left: 0, bottom: 3, right: 0 })).toMatchObject({ filled: 4, amounts: 0, sum: null })
  expect(summarise(model, { top: 0, left: 0, bottom: 500_000, right: 1 }).complete).toBe(false)
})

it('stays exact where a plain number would not', () => {
  const most = Number.MAX_SAFE_INTEGER
  const model = new CellModel(arraySource([most, 3, -most, 2 ** 52, 2 ** 52 - 4, -2].map((a, n) => ({ id: `${n}`, values: { a } }))))
  model.columns = [{ key: 'a', title: '金额', width: 80, field: { kind: 'money' } }]
  expect(summarise(model, { top: 0, left: 0, bottom: 5, right: 0 })).toMatchObject({ amounts: 6, sum: 2 ** 53 - 3 })
})
