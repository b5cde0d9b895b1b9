// The mounted grid: keys, modes, the input method's events, what is emitted and what is drawn.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { clipboard, makeRow, openSheet as open, search } from './openSheet'
import { windowedSource } from './sources'
import type { Column, Option } from './types'

let wrapper: ReturnType<typeof open> | undefined
afterEach(() => wrapper?.unmount())

describe('modes', () => {
  it('typing replaces the cell, arrows commit and move', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'name')
    await grid.tick()
    expect(grid.mode()).toBe('nav')
    await grid.type('新')
    expect(grid.mode()).toBe('enter')
    await grid.key('ArrowDown')
    expect(grid.changes[0]!.patches).toMatchObject([{ row: 1, id: 'r1', key: 'name', old: '项目1', value: '新' }])
    expect(grid.at()).toBe('2:name')
  })

  it('the space of the caret nudge is never part of what was typed', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'name')
    await grid.tick()
    expect(grid.input.element.value).toBe(' ')
    await grid.type('abc')
    expect(grid.input.element.value).toBe('abc')
  })

  it('F2 opens the exact content, arrows then stay in the text, Esc changes nothing', async () => {
    const grid = (wrapper = open({ moneyUnit: 'wan' }))
    grid.vm.go(3, 'money')
    await grid.key('F2')
    expect([grid.mode(), grid.input.element.value]).toEqual(['edit', '0.0003'])
    await grid.key('ArrowLeft')
    expect(grid.at()).toBe('3:money')
    await grid.key('Escape')
    expect([grid.mode(), grid.changes.length]).toEqual(['nav', 0])
    await grid.key('F2')
    await grid.key('Enter')
    expect(grid.changes).toHaveLength(0)
  })

  it('a bad amount is shown as typed, marked, spoken, and never cleared', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'money')
    await grid.tick()
    await grid.type('很多')
    await grid.key('Enter')
    await grid.vm.settled()
    await grid.tick()
    const cell = grid.findAll('[role=gridcell]').find((found) => found.text() === '很多')!
    expect(cell.classes()).toContain('sheet-error')
    expect(cell.attributes('title')).toContain('请填金额')
    grid.vm.go(1, 'money')
    await grid.tick()
    expect(grid.input.attributes('aria-label')).toBe('金额，第 2 行，很多，错误：请填金额（数字），如 1,234.50')
  })

  it('F2 while typing only changes what the arrows do', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'name')
    await grid.tick()
    await grid.type('半句')
    await grid.key('F2')
    expect([grid.mode(), grid.input.element.value]).toEqual(['edit', '半句'])
    await grid.key('F2')
    expect([grid.mode(), grid.input.element.value]).toEqual(['enter', '半句'])
  })

  it('rows reordered under the editor do not send the text into another record', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'name')
    await grid.tick()
    await grid.type('新名')
    grid.source.replace([3, 2, 1, 0].map(makeRow))
    await grid.key('Enter')
    expect(grid.changes[0]!.patches).toMatchObject([{ row: 2, id: 'r1', value: '新名' }])
    grid.vm.go(1, 'name')
    await grid.tick()
    await grid.type('迟了')
    grid.source.replace([makeRow(0)])
    await grid.key('Enter')
    expect(grid.changes).toHaveLength(1)
    expect(grid.emitted('notice')!.at(-1)![0]).toContain('迟了')
  })

  it('fewer rows than before keep the selection on the sheet', async () => {
    const grid = (wrapper = open())
    grid.vm.go(3, 'note')
    grid.source.replace([makeRow(0), makeRow(1)])
    expect(grid.at()).toBe('1:note')
  })

  it('a locked cell gives no editor and says so', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'unit')
    await grid.tick()
    await grid.type('x')
    await grid.key('F2')
    expect(grid.mode()).toBe('nav')
    expect(grid.emitted('notice')!.at(-1)).toEqual(['这一格是只读的，不能改'])
  })

  it('without a way to save the sheet is read-only', async () => {
    const grid = (wrapper = open({ save: undefined }))
    grid.vm.go(1, 'name')
    await grid.key('Delete')
    expect(grid.get('[role=grid]').attributes('aria-readonly')).toBe('true')
    expect(grid.emitted('change')).toBeUndefined()
  })
})

describe('the input method', () => {
  it('its keys are never acted on', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'name')
    await grid.key('Process', { keyCode: 229 })
    await grid.key('Enter', { isComposing: true })
    expect(grid.at()).toBe('1:name')
  })

  it('a composition opens the editor, and one that is taken back leaves the cell as it was', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'name')
    await grid.tick()
    await grid.input.trigger('compositionstart', { data: '' })
    expect(grid.mode()).toBe('enter')
    grid.input.element.value = ''
    await grid.input.trigger('compositionend', { data: '' })
    expect(grid.mode()).toBe('nav')
    await grid.key('Enter')
    expect(grid.changes).toHaveLength(0)
  })

  it('letters being composed search the code list', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'func')
    await grid.tick()
    await grid.input.trigger('compositionstart', { data: '' })
    await grid.input.trigger('compositionupdate', { data: "g l'yh" })
    await grid.tick()
    expect(grid.findAll('[role=option]').map((option) => option.text())).toEqual(['2140106公路养护glyh'])
  })
})

describe('code cells', () => {
  it('initials and Enter choose the code', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'func')
    await grid.tick()
    await grid.type('glyh')
    await grid.key('Enter')
    expect(grid.changes[0]!.patches).toMatchObject([{ key: 'func', value: '2140106', label: '2140106 公路养护' }])
    expect(grid.at()).toBe('2:func')
  })

  it('Enter before the list has answered chooses the same, without waiting', async () => {
    const answers: (() => void)[] = []
    const suggest = (_column: Column, text: string) => new Promise<Option[]>((resolve) => answers.push(() => resolve(search(text))))
    const grid = (wrapper = open({ suggest }))
    grid.vm.go(1, 'func')
    await grid.tick()
    await grid.type('glyh')
    await grid.key('Enter')
    expect([grid.at(), grid.changes.length]).toEqual(['2:func', 0])
    while (answers.length) answers.shift()!()
    await grid.tick()
    await grid.vm.settled()
    expect(grid.changes[0]!.patches).toMatchObject([{ row: 1, value: '2140106' }])
  })

  it('what is in no list is kept and marked', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'func')
    await grid.tick()
    await grid.type('不存在')
    await grid.key('Tab')
    await grid.tick()
    expect(grid.changes[0]!.patches).toMatchObject([{ value: '不存在', problem: '没有找到“不存在”，按 Alt+↓ 从列表中选' }])
  })

  it('Alt+↓ opens the whole list, arrows choose, Esc leaves', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'func')
    await grid.key('ArrowDown', { altKey: true })
    await grid.tick()
    expect(grid.findAll('[role=option]')).toHaveLength(2)
    await grid.key('ArrowDown')
    expect(grid.get('[aria-selected=true]').text()).toContain('公路养护')
    await grid.key('Escape')
    expect(grid.find('[role=listbox]').exists()).toBe(false)
    expect(grid.changes).toHaveLength(0)
  })

  it('deleting the text of a code cell empties it', async () => {
    const grid = (wrapper = open())
    grid.source.update(1, { ...makeRow(1), values: { ...makeRow(1).values, func: '2010301' }, labels: { func: '2010301 行政运行' } })
    grid.vm.go(1, 'func')
    await grid.key('F2')
    expect(grid.input.element.value).toBe('2010301 行政运行')
    grid.input.element.value = ''
    await grid.input.trigger('input')
    await grid.key('Enter')
    expect(grid.changes[0]!.patches).toMatchObject([{ value: null }])
  })
})

describe('moving', () => {
  it('a row that is still being read is said so, never called empty, and then says what it holds', async () => {
    let arrive = (): void => {}
    const source = windowedSource((from, to) => new Promise((resolve) => {
      const rows = Array.from({ length: Math.min(to, 300) - from }, (_, at) => makeRow(from + at))
      if (from === 0) resolve({ rows, count: 300 })
      else arrive = () => resolve({ rows, count: 300 })
    }))
    const grid = (wrapper = open({ source }))
    await source.reload()
    grid.vm.go(250, 'name')
    await grid.tick()
    expect(grid.input.attributes('aria-label')).toBe('名称，第 251 行，正在读取')
    void source.load(250, 251)
    arrive()
    await vi.waitFor(() => expect(grid.input.attributes('aria-label')).toBe('名称，第 251 行，项目250'))
  })

  it('Tab skips locked cells and Enter returns under the first one', async () => {
    const grid = (wrapper = open())
    grid.vm.go(0, 'name')
    await grid.key('Tab')
    await grid.key('Tab')
    expect(grid.at()).toBe('0:money')
    await grid.key('Enter')
    expect(grid.at()).toBe('1:name')
    await grid.key('Tab', { shiftKey: true })
    expect(grid.at()).toBe('0:note')
  })

  it('Enter can go to the right instead, and Shift+Enter back', async () => {
    const grid = (wrapper = open({ enterMoves: 'right' }))
    grid.vm.go(0, 'name')
    await grid.key('Enter')
    expect(grid.at()).toBe('0:func')
    await grid.key('Enter', { shiftKey: true })
    expect(grid.at()).toBe('0:name')
  })

  it('Home, End, Ctrl+Home, Ctrl+End and Ctrl+A know the edges', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'name')
    await grid.key('End')
    expect(grid.at()).toBe('1:note')
    await grid.key('Home')
    expect(grid.at()).toBe('1:unit')
    await grid.key('End', { ctrlKey: true })
    expect(grid.at()).toBe('3:note')
    await grid.key('a', { ctrlKey: true })
    expect(grid.vm.range()).toEqual({ top: 0, left: 0, bottom: 3, right: 5 })
  })

  it('F8 goes to the next finding', async () => {
    const grid = (wrapper = open())
    await grid.key('F8')
    await grid.tick()
    expect(grid.at()).toBe('2:money')
  })

  it('keys of the shell are left alone', async () => {
    const grid = (wrapper = open())
    const seen = vi.fn()
    document.body.addEventListener('keydown', seen)
    await grid.key('s', { ctrlKey: true })
    await grid.key('ArrowDown')
    document.body.removeEventListener('keydown', seen)
    expect(seen).toHaveBeenCalledTimes(1)
  })
})

describe('gestures', () => {
  it('copy gives exact text, cut empties, both as one change', async () => {
    const grid = (wrapper = open())
    grid.vm.select(1, 'name', 2, 'money')
    const board = clipboard()
    await grid.input.trigger('copy', { clipboardData: board })
    expect(board.data.text).toBe('项目1\t\t1\r\n项目2\t\t2')
    await grid.input.trigger('cut', { clipboardData: board })
    expect(grid.changes).toHaveLength(1)
    expect(grid.changes[0]).toMatchObject({ gesture: 'cut' })
  })

  it('a pasted block is one change, selects itself, and reports', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'name')
    await grid.input.trigger('paste', { clipboardData: clipboard('甲\t公路养护\t12\r\n乙\t2010301\tx\r\n') })
    await grid.tick()
    expect(grid.changes).toHaveLength(1)
    expect(grid.changes[0]!.patches.map((patch) => patch.value)).toEqual(['甲', '2140106', 1_200, '乙', '2010301', 'x'])
    expect(grid.vm.range()).toEqual({ top: 1, left: 1, bottom: 2, right: 3 })
    expect(grid.emitted('notice')!.at(-1)).toEqual(['已粘贴 2 行×3 列，1 处错误 — 撤销 Ctrl+Z'])
  })

  it('pasting past the end makes rows, and a second edit of a new row waits for its id', async () => {
    const grid = (wrapper = open({ canAppend: true }))
    grid.vm.go(4, 'name')
    await grid.tick()
    await grid.type('新项目')
    await grid.key('Tab')
    await grid.type('glyh')
    await grid.key('Enter')
    await grid.tick()
    await grid.vm.settled()
    await grid.tick()
    expect(grid.changes.map((change) => change.patches.map(({ row, id, key }) => [row, id, key]))).toEqual([
      [[4, null, 'name']], [[4, 'r4', 'func']],
    ])
    expect(grid.source.count).toBe(5)
    expect(grid.get('[role=grid]').attributes('aria-rowcount')).toBe('7')
  })

  it('no new rows are offered while a filter hides where they would go', () => {
    const grid = (wrapper = open({ canAppend: true, view: { sort: null, filters: { name: '项' }, widths: {}, hidden: [] } }))
    expect(grid.get('[role=grid]').attributes('aria-rowcount')).toBe('5')
  })

  it('Ctrl+D, Ctrl+’, Delete and Space on 是/否 each make one change', async () => {
    const grid = (wrapper = open())
    grid.vm.select(1, 'money', 3, 'money')
    await grid.key('d', { ctrlKey: true })
    grid.vm.go(1, 'name')
    await grid.key("'", { ctrlKey: true })
    await grid.key('Delete')
    grid.vm.go(1, 'yes')
    await grid.key(' ')
    await grid.vm.settled()
    expect(grid.changes.map(({ gesture, patches }) => [gesture, patches.length])).toEqual([['fill', 2], ['fill', 1], ['clear', 1], ['type', 1]])
    expect(grid.changes[3]!.patches[0]!.value).toBe(true)
  })

  it('a gesture over more cells than one write can carry is declined in words', async () => {
    const grid = (wrapper = open({}, 50_000))
    await grid.key('a', { ctrlKey: true })
    await grid.key('Delete')
    expect(grid.emitted('change')).toBeUndefined()
    expect(grid.emitted('notice')!.at(-1)![0]).toContain('200000')
  })

  it('undo, redo, rows and folding are only asked for', async () => {
    const grid = (wrapper = open())
    await grid.key('z', { ctrlKey: true })
    await grid.key('y', { ctrlKey: true })
    await grid.key('Insert', { ctrlKey: true })
    await grid.key('Delete', { ctrlKey: true })
    await grid.key('-', { altKey: true })
    expect([grid.emitted('undo'), grid.emitted('redo')]).toEqual([[[]], [[]]])
    expect(grid.emitted('addRow')).toEqual([[0]])
    expect(grid.emitted('deleteRows')).toEqual([[{ from: 0, to: 1, ids: ['r0'] }]])
    expect(grid.emitted('toggle')![0]!.slice(0, 2)).toEqual([0, false])
  })
})

describe('what is drawn', () => {
  it('only the rows in sight, with their places for assistive technology', () => {
    const grid = (wrapper = open({}, 5_000))
    expect(grid.findAll('[role=row]').length).toBeLessThan(60)
    const first = grid.get('[aria-rowindex="2"]')
    expect(first.text()).toContain('财政所')
    expect(document.getElementById(first.attributes('aria-owns')!)!.textContent).toContain('项目0')
    expect(grid.get('[role=grid]').attributes()).toMatchObject({ 'aria-rowcount': '5001', 'aria-colcount': '6', 'aria-label': '预算编制' })
  })

  it('a total line, hidden columns, changed widths and the sort mark follow the view', () => {
    const view = { sort: { key: 'money', direction: 'down' }, filters: {}, widths: { name: 300 }, hidden: ['note'] }
    const grid = (wrapper = open({ view, totals: { label: '合计', values: { money: 123_456 } } }))
    expect(grid.get('.sheet-totals').text()).toContain('1,234.56')
    expect(grid.find('[title="备注"]').exists()).toBe(false)
    expect(grid.get('[title="名称"]').attributes('style')).toContain('300px')
    expect(grid.get('[title="金额"]').attributes('aria-sort')).toBe('descending')
  })

  it('the column menu changes only the view', async () => {
    const grid = (wrapper = open())
    grid.vm.go(0, 'money')
    await grid.key('ArrowUp', { altKey: true })
    await grid.get('.sheet-column-menu input').setValue('>100')
    await grid.get('.sheet-column-menu form').trigger('submit')
    expect(grid.emitted('update:view')![0]![0]).toMatchObject({ filters: { money: '>100' } })
    expect(grid.find('.sheet-column-menu').exists()).toBe(false)
  })
})

describe('hands that are faster than the rows', () => {
  it('a finding asked for twice is the second one, however late the first is found', async () => {
    const found: ((cell: { row: number; key: string }) => void)[] = []
    const seekFinding = vi.fn((_from: { row: number; key: string }) => new Promise<{ row: number; key: string }>((resolve) => found.push(resolve)))
    const grid = (wrapper = open({ seekFinding }))
    await grid.key('F8')
    await grid.key('F8')
    found[0]!({ row: 1, key: 'name' })
    await grid.tick()
    expect(seekFinding.mock.calls.map(([from]) => from)).toEqual([{ row: 0, key: 'unit' }, { row: 1, key: 'name' }])
    found[1]!({ row: 3, key: 'name' })
    await grid.tick()
    expect(grid.at()).toBe('3:name')
  })

  it('a finding found late does not move a cursor that went on, nor what is being typed', async () => {
    let found = (_cell: { row: number; key: string }): void => undefined
    const grid = (wrapper = open({ seekFinding: () => new Promise<{ row: number; key: string }>((resolve) => (found = resolve)) }))
    grid.vm.go(1, 'name')
    await grid.tick()
    await grid.key('F8')
    await grid.type('新')
    found({ row: 3, key: 'money' })
    await grid.tick()
    expect([grid.at(), grid.mode()]).toEqual(['1:name', 'enter'])
  })

  it('text stays in the cell it was typed into when the cursor is sent elsewhere', async () => {
    const grid = (wrapper = open())
    grid.vm.go(1, 'name')
    await grid.tick()
    await grid.type('新')
    grid.vm.go(3, 'money')
    await grid.tick()
    expect(grid.at()).toBe('3:money')
    expect(grid.changes.map(({ patches }) => patches[0])).toMatchObject([{ row: 1, key: 'name', value: '新' }])
  })

  it('cells whose rows had to be read first are those that were selected, not those the cursor went to', async () => {
    let arrive = (): void => undefined
    const source = windowedSource((from, to) => new Promise((resolve) => {
      const answer = (): void => resolve({ rows: Array.from({ length: Math.min(to, 300) - from }, (_, at) => makeRow(from + at)), count: 300 })
      if (from === 0) answer()
      else arrive = answer
    }))
    const grid = (wrapper = open({ source }))
    await source.reload()
    grid.vm.go(250, 'name')
    await grid.tick()
    await grid.key('Delete')
    grid.vm.go(1, 'name')
    await grid.tick()
    arrive()
    await vi.waitFor(() => expect(grid.save).toHaveBeenCalled())
    expect(grid.save.mock.calls[0]![0].patches).toMatchObject([{ row: 250, key: 'name' }])
  })
})
