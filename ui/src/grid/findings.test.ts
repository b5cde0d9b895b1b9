import { expect, it } from 'vitest'
import { nextFinding } from './findings'
import { CellModel } from './model'
import { arraySource } from './sources'
import type { Finding, GridRow } from './types'

const wrong: Finding = { severity: 'error', message: '错' }
const row = (id: number, ...keys: string[]): GridRow =>
  ({ id: `r${id}`, values: {}, findings: keys.length ? Object.fromEntries(keys.map((key) => [key, wrong])) : undefined })

it('F8 walks the findings in reading order, round the end, and back with Shift', () => {
  const model = new CellModel(arraySource([row(0), row(1, 'a', 'c'), row(2), row(3, 'b')]))
  model.columns = ['a', 'b', 'c'].map((key) => ({ key, title: key, width: 80, field: { kind: 'text' } }))
  const walk = [{ row: 0, col: 0 }]
  for (let step = 0; step < 4; step++) walk.push(nextFinding(model, walk.at(-1)!, 1)!)
  expect(walk.slice(1)).toEqual([{ row: 1, col: 0 }, { row: 1, col: 2 }, { row: 3, col: 1 }, { row: 1, col: 0 }])
  expect(nextFinding(model, { row: 1, col: 0 }, -1)).toEqual({ row: 3, col: 1 })
})

it('the only finding is found again, and none is null', () => {
  const model = new CellModel(arraySource([row(0, 'a')]))
  model.columns = [{ key: 'a', title: 'a', width: 80, field: { kind: 'text' } }]
  expect(nextFinding(model, { row: 0, col: 0 }, 1)).toEqual({ row: 0, col: 0 })
  model.source = arraySource([row(0)])
  expect(nextFinding(model, { row: 0, col: 0 }, 1)).toBeNull()
})
