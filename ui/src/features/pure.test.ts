// The plain functions of the features: the unit tree, what needs doing, vouchers, weights, books.
import { beforeAll, describe, expect, it } from 'vitest'
import { openDoor } from '../backend'
import { fakeDoor } from '../backend/fake'
import { loadDocuments } from '../form/documents'
import { treeLines, type Unit } from './agency/tree'
import { availableAfter, nextNumber, signFor, type Voucher } from './allotment/vouchers'
import { expenditureFilters, readBooks, togetherFilters } from './budget/books'
import { todo } from './home/todo'
import { addWeights } from './performance/weights'

beforeAll(async () => {
  openDoor(await fakeDoor())
  await loadDocuments()
})

const unit = (id: string, parent: string | null, name = id): Unit => ({ id, parent, code: id, name })

describe('the unit tree', () => {
  const units = [unit('1', null), unit('11', '1'), unit('12', '1'), unit('2', null)]
  const shown = (folded: string[], text = ''): string[] => treeLines(units, new Set(folded), text).map((line) => '·'.repeat(line.depth) + line.unit.id)

  it('shows units under the one above them', () => expect(shown([])).toEqual(['1', '·11', '·12', '2']))
  it('hides what is folded away', () => expect(shown(['1'])).toEqual(['1', '2']))
  it('shows what fits when something is typed, wherever it stands', () => expect(shown(['1'], '12')).toEqual(['12']))

  it('loses no unit, even when they are above each other in a circle or under one that is gone', () => {
    const odd = [unit('a', 'b'), unit('b', 'a'), unit('c', 'gone'), unit('d', 'd')]
    expect(treeLines(odd, new Set(), '').map((line) => line.unit.id).sort()).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('what needs doing', () => {
  const home = { counts: { agency: 3, project: 5, budget_line: 9, allotment: 1 }, mandatory: 0, advisory: 0, explained: 0, agencies_without_lines: 0, budget: {}, allotted: 0 }

  it('is nothing when everything is there and right', () => {
    expect(todo(home, null, 0).map((task) => task.kind)).toEqual(['ok'])
  })

  it('counts an explained hint as explained, and a book of nothing else as done', () => {
    expect(todo({ ...home, advisory: 12, explained: 3 }, null, 0).map((task) => task.text)).toEqual(['有 9 处提示，改正或写明情况（另有 3 处已说明）'])
    expect(todo({ ...home, advisory: 3, explained: 3 }, null, 0).map((task) => task.kind)).toEqual(['ok'])
  })

  it('begins with what must be corrected', () => {
    const tasks = todo({ ...home, mandatory: 3, advisory: 2, agencies_without_lines: 1 }, null, 0)
    expect(tasks.map((task) => task.go)).toEqual(['checks', 'checks', 'budget'])
    expect(tasks[0]!.text).toContain('3')
  })

  it('in an empty book says where to begin', () => {
    const tasks = todo({ ...home, counts: {} }, null, 0)
    expect(tasks.map((task) => task.go)).toContain('copy')
    expect(tasks[0]!.go).toBe('agency')
  })

  it('tells what happened to the book before anything else', () => {
    expect(todo(home, '磁盘已满', 0)[0]!.text).toContain('磁盘已满')
    expect(todo(home, null, 4)[0]!.text).toContain('4')
    expect(todo(home, null, 0, ['页面封印：第 3 页'])[0]).toMatchObject({ kind: 'error', go: 'backups' })
  })
})

describe('vouchers', () => {
  it('change the free balance as their kind says', () => {
    expect([['01', 100], ['02', 110], ['03', 90], ['04', 90], ['05', 90], ['06', 110], ['07', 90]].map(([kind]) => availableAfter(100, String(kind), 10)))
      .toEqual([100, 110, 90, 90, 90, 110, 90])
  })

  it('are numbered by day, after the last number of that day', () => {
    expect(nextNumber('2026-03-12', [])).toBe('20260312-001')
    expect(nextNumber('2026-03-12', ['20260312-002', '20260312-009', '20260311-050'])).toBe('20260312-010')
  })

  it('of a transfer take from one side and give to the other', () => {
    const transfer: Voucher = { id: '', no: '', kind: '04', date: '', docNo: '', amount: 1, reason: '', from: 'a', to: 'b' }
    expect([signFor(transfer, 'a'), signFor(transfer, 'b')]).toEqual(['−', '+'])
  })
})

it('weights add up without becoming floats', () => {
  expect(addWeights(['33.3', '33.3', '33.4'])).toBe('100')
  expect(addWeights(['0.1', '0.2', null, 'x'])).toBe('0.3')
  expect(addWeights([])).toBe('0')
})

describe('the books of a budget', () => {
  it('are filters by the beginnings of codes', async () => {
    const [general] = await readBooks()
    const [filter] = await expenditureFilters(general!)
    expect(filter).toMatchObject({ field: 'fund_type', test: 'one_of' })
    expect((filter as { value: string[] }).value.every((code) => code.startsWith('11'))).toBe(true)
  })

  it('together count each line once', async () => {
    const filters = await togetherFilters(await readBooks())
    expect(filters).toHaveLength(1)
    expect((filters[0] as { value: string[] }).value).toEqual(expect.arrayContaining(['11', '12']))
  })
})
