// The sheet bound to the desk, with the desk in memory: what is written, in how many calls, and what
// stays on the screen when it is refused.
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDoor } from '../../backend'
import { fakeDoor, type FakeDoor } from '../../backend/fake'
import { refuse } from '../../backend/fake/book'
import type { Edits } from '../../generated/Edits'
import { dismiss, toasts } from '../../kit/toast'
import { loadDocuments } from '../../form/documents'
import { forgetChoices } from '../../form/choices'
import { adoptBook, announce, desk, undoOrRedo } from './desk'
import EntityGrid from './EntityGrid.vue'
import { forgetSettings } from './settings'
import { status } from './status'

let door: FakeDoor
let wrapper: ReturnType<typeof mount<typeof EntityGrid>> | undefined

beforeEach(async () => {
  door = await fakeDoor()
  openDoor(door)
  forgetChoices()
  forgetSettings()
  await loadDocuments()
  await adoptBook(await door.call('book_state', {}) as never)
  ;[...toasts].forEach((toast) => dismiss(toast.id))
})
afterEach(() => wrapper?.unmount())

/** Everything asked and written so far has come back and is on the screen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await flushPromises()
}

async function open(props: Record<string, unknown> = {}) {
  wrapper = mount(EntityGrid, { attachTo: document.body, props: { entity: 'agency', autofocus: true, first: ['agency_code', 'agency_name'], ...props } })
  await settle()
  const input = wrapper.get<HTMLInputElement>('.sheet-input')
  const press = async (key: string, more: object = {}) => {
    await input.trigger('keydown', { key, ...more })
    await settle()
  }
  const type = async (text: string) => {
    input.element.value = text
    await input.trigger('input')
    await settle()
  }
  const paste = async (text: string) => {
    const data = { getData: () => text, setData: () => undefined }
    const event = Object.assign(new Event('paste', { bubbles: true, cancelable: true }), { clipboardData: data })
    input.element.dispatchEvent(event)
    await settle()
  }
  const go = async (row: number, column: number) => {
    await press('Home', { ctrlKey: true })
    for (let step = 0; step < row; step++) await press('ArrowDown')
    for (let step = 0; step < column; step++) await press('ArrowRight')
  }
  return { input, press, type, paste, go }
}

const applied = (): Edits[] => door.asked.filter(({ name }) => name === 'apply').map(({ request }) => request as Edits)
const rows = (): string[][] => wrapper!.findAll('.sheet-main .sheet-row, .sheet-pane .sheet-row').map((row) => row.findAll('.sheet-cell').map((cell) => cell.text()))
const text = (): string => rows().flat().join('|')

describe('a sheet of records', () => {
  it('shows codes and references in words and marks what is wrong', async () => {
    await open()
    expect(text()).toContain('219001|财政所')
    expect(text()).toContain('219 圪垱店镇')
  })

  it('goes to a record that is asked for before the list has come', async () => {
    const sheet = mount(EntityGrid, { attachTo: document.body, props: { entity: 'agency', first: ['agency_code', 'agency_name'] } })
    wrapper = sheet
    const wanted = door.book.of('agency')[1]!
    const went = sheet.vm.goTo(wanted.id)
    await settle()
    expect(await went).toBe(true)
    expect(document.activeElement).toBe(sheet.get('.sheet-input').element)
    expect(sheet.get('.sheet-input').attributes('aria-label')).toContain('第 2 行')
  })

  it('writes what was typed as one call that says what was there before', async () => {
    const { type, press, go } = await open()
    await go(1, 1)
    await type('财政所（新）')
    await press('Enter')
    expect(applied()).toEqual([{
      label: '预算单位：修改单位名称',
      edits: [{ edit: 'set', entity: 'agency', id: door.book.of('agency')[1]!.id, field: 'agency_name', from: '财政所', to: '财政所（新）' }],
    }])
    expect(text()).toContain('财政所（新）')
    expect(desk.save.state).toBe('saved')
  })

  it('writes two quick changes of one cell one after the other, each against the one before', async () => {
    const { input, go } = await open()
    await go(1, 1)
    for (const name of ['甲', '乙']) {
      input.element.value = name
      void input.trigger('input')
      void input.trigger('keydown', { key: 'Enter' })
      void input.trigger('keydown', { key: 'ArrowUp' })
    }
    await settle()
    await settle()
    expect(applied().map(({ edits }) => edits[0])).toMatchObject([{ from: '财政所', to: '甲' }, { from: '甲', to: '乙' }])
  })

  it('pastes 1,000 rows of 10 columns as one call', async () => {
    const { paste, go } = await open({ entity: 'budget_line', first: ['agency', 'project', 'exp_func', 'gov_eco', 'dep_eco', 'fund_type', 'apply_up', 'fin_audit_money', 'reply_amt', 'adj_amt'] })
    await go(8, 0)
    const line = '219001\t农村公路养护\t2010301\t50201\t30201 办公费\t111\t1,000.50\t2\t3\t-4'
    await paste(Array.from({ length: 1000 }, () => line).join('\n'))
    await settle()
    expect(applied()).toHaveLength(1)
    const [{ edits }] = applied() as [Edits]
    expect(edits).toHaveLength(1000)
    expect(edits[0]).toMatchObject({ edit: 'new', fields: { exp_func: '2010301', dep_eco: '30201', apply_up: 100_050, adj_amt: -400 } })
    expect(door.book.of('budget_line')).toHaveLength(1008)
    expect(toasts.some((toast) => toast.text.includes('已粘贴 1000 行×10 列'))).toBe(true)
  })

  it('keeps text that is no value in its cell, marked, and writes nothing', async () => {
    const { type, press, go } = await open({ entity: 'budget_line', first: ['agency', 'apply_up'] })
    await go(0, 1)
    await type('很多')
    await press('Enter')
    expect(applied()).toEqual([])
    expect(text()).toContain('很多')
    await press('ArrowUp')
    expect(status.now.finding).toMatchObject({ severity: 'error' })
  })

  it('keeps what was typed when somebody else was faster, says what is there now, and Enter tries again', async () => {
    const { type, press, go } = await open()
    await go(1, 1)
    const unit = door.book.of('agency')[1]!
    unit.values.agency_name = '别人改的'
    await type('我改的')
    await press('Enter')
    await press('ArrowUp')
    expect(text()).toContain('我改的')
    expect(status.now.finding?.message).toContain('您填的是“我改的”，表里现在是“别人改的”')
    door.book.get(unit.id).values.agency_name = '别人又改的'
    announce(['agency'])
    await settle()
    expect(text()).toContain('我改的')
    expect(status.now.finding?.message).toContain('表里现在是“别人又改的”')
    expect(door.book.get(unit.id).values.agency_name).toBe('别人又改的')
    await press('F2')
    await press('Enter')
    expect(door.book.get(unit.id).values.agency_name).toBe('我改的')
  })

  it('keeps what was typed when the disk is full, and says so', async () => {
    door.calls.apply = () => { throw refuse('io', '磁盘已满') }
    const { type, press, go } = await open()
    await go(1, 1)
    await type('新名')
    await press('Enter')
    expect(text()).toContain('新名')
    expect(desk.save).toEqual({ state: 'failed', reason: '磁盘已满' })
  })

  it('makes a record out of what is typed into the blank last line, with the defaults of the screen', async () => {
    const { type, press, go } = await open({ defaults: { istown: true } })
    await go(5, 0)
    await type('219009')
    await press('Tab')
    await type('敬老院')
    await press('Enter')
    const made = door.book.of('agency').find((record) => record.values.agency_code === '219009')
    expect(made?.values).toMatchObject({ agency_name: '敬老院', istown: true })
    expect(door.book.of('agency')).toHaveLength(6)
  })

  it('adds a record by Ctrl+Ins and deletes it by Ctrl+Del, and one undo brings it back', async () => {
    const { press, type } = await open()
    await press('Insert', { ctrlKey: true })
    expect(door.book.of('agency'), 'nothing is written before something is typed').toHaveLength(5)
    await type('219009')
    await press('Enter')
    expect(door.book.of('agency')).toHaveLength(6)
    await press('ArrowUp')
    await press('Delete', { ctrlKey: true })
    expect(door.book.of('agency')).toHaveLength(5)
    await undoOrRedo('undo')
    await settle()
    expect(door.book.of('agency')).toHaveLength(6)
    expect(toasts.at(-1)?.text).toContain('已撤销：预算单位：删除 1 行')
  })

  it('a new row in a list under headings begins with its heading, and one undo takes back what typing made', async () => {
    const { press, type } = await open({ entity: 'budget_line', first: ['agency', 'apply_up'], group: 'agency' })
    const before = door.book.of('budget_line').length
    const unit = door.book.of('budget_line')[0]!.values.agency
    await press('Insert', { ctrlKey: true })
    await press('Tab')
    await type('12')
    await press('Enter')
    expect(door.book.of('budget_line')).toHaveLength(before + 1)
    expect(door.book.of('budget_line').at(-1)!.values).toMatchObject({ agency: unit, apply_up: 1_200 })
    await undoOrRedo('undo')
    await settle()
    expect(door.book.of('budget_line')).toHaveLength(before)
  })

  it('Alt+Enter on the blank last line says that there is no record yet', async () => {
    const { press } = await open()
    await press('Insert', { ctrlKey: true })
    await press('Enter', { altKey: true })
    expect(toasts.at(-1)?.text).toContain('先填一格')
    expect(wrapper!.emitted('open')).toBeUndefined()
    expect(wrapper!.emitted('current')!.at(-1)).toEqual([null])
  })

  it('adds amounts up in the last line, and never prices', async () => {
    const project = door.book.of('project')[0]!.id
    for (const line_no of [1, 2]) door.book.add('project_detail', 2026, { project, line_no, unit_price: 100_000, amount: 700_000 })
    await open({ entity: 'project_detail', first: ['unit_price', 'amount'] })
    expect(wrapper!.get('.sheet-totals').text()).toContain('14,000.00')
    expect(wrapper!.get('.sheet-totals').text()).not.toContain('2,000.00')
  })

  it('shows headings with sums when asked for, and folds them', async () => {
    const { press } = await open({ entity: 'budget_line', first: ['agency', 'apply_up'], group: 'agency' })
    expect(text()).toContain('219 圪垱店镇（2）')
    const before = rows().length
    await press('-', { altKey: true })
    expect(rows().length).toBeLessThan(before)
  })

  it('goes to the next record with something wrong, wherever in the list it is', async () => {
    const { press } = await open({ entity: 'budget_line', first: ['agency', 'gov_eco'] })
    await press('F8')
    expect(status.now.place).toContain('政府经济分类 第 4 行')
    expect(status.now.finding?.message).toContain('必填')
  })

  it('remembers widths and hidden columns, not filters', async () => {
    await open()
    wrapper!.getComponent({ name: 'SheetGrid' }).vm.$emit('update:view', { sort: null, filters: { agency_name: '财' }, widths: { agency_name: 300 }, hidden: [] })
    await settle()
    expect(text()).not.toContain('卫生院')
    expect(door.asked.filter(({ name }) => name === 'put_setting').at(-1)?.request).toEqual({ key: 'sheet.agency', value: { widths: { agency_name: 300 }, hidden: [] } })
  })
})

describe('others add records meanwhile', () => {
  /** A colleague's record that belongs at the top of the list has come with a sync. */
  async function comes(code: string): Promise<void> {
    door.book.add('agency', 2026, { agency_code: code, agency_name: '同事的单位' })
    announce(['agency'])
    await settle()
  }
  const sorted = { sort: [{ field: 'agency_code', descending: false }] }
  const colleagues = (code: string) => door.book.of('agency').find((record) => record.values.agency_code === code)?.values

  it('the cursor stays on its record, and what is typed then goes there', async () => {
    const { type, press, go } = await open(sorted)
    await go(1, 1)
    const { id } = door.book.of('agency').sort((a, b) => String(a.values.agency_code).localeCompare(String(b.values.agency_code)))[1]!
    await comes('000001')
    await type('改了名')
    await press('Enter')
    expect(door.book.get(id).values.agency_name).toBe('改了名')
    expect(colleagues('000001')).toMatchObject({ agency_name: '同事的单位' })
  })

  it('what is being typed on the blank last line still makes a record of its own', async () => {
    const { type, press, go } = await open(sorted)
    await go(5, 1)
    await type('敬老院')
    await comes('999999')
    await press('Enter')
    expect(colleagues('999999')).toMatchObject({ agency_name: '同事的单位' })
    expect(door.book.of('agency').map((record) => record.values.agency_name)).toContain('敬老院')
  })

  it('the blank last line stays under the cursor', async () => {
    const { type, press, go } = await open(sorted)
    await go(5, 1)
    await comes('999999')
    await type('敬老院')
    await press('Enter')
    expect(colleagues('999999')).toMatchObject({ agency_name: '同事的单位' })
    expect(door.book.of('agency')).toHaveLength(7)
  })

  it('the second cell of a new row goes to the record that the first one made, wherever the list has put it', async () => {
    const { input, go } = await open(sorted)
    await go(5, 0)
    const apply = door.calls.apply!
    let written!: () => void
    door.calls.apply = (async (request: never) => {
      await new Promise<void>((resolve) => (written = resolve))
      return apply(request)
    }) as never
    const enter = (text: string): void => {
      input.element.value = text
      void input.trigger('input')
      void input.trigger('keydown', { key: 'Tab' })
    }
    enter('000002')
    enter('敬老院')
    await settle()
    await comes('999999')
    for (let turn = 0; turn < 2; turn++) {
      written()
      await settle()
    }
    expect(colleagues('000002')).toMatchObject({ agency_name: '敬老院' })
    expect(colleagues('999999')).toMatchObject({ agency_name: '同事的单位' })
    expect(text().split('敬老院')).toHaveLength(2)
  })

  it('what could not be written on the blank last line stays there, and is written as a record of its own', async () => {
    const { type, press, go } = await open(sorted)
    const apply = door.calls.apply!
    door.calls.apply = () => { throw refuse('io', '磁盘已满') }
    await go(5, 1)
    await type('敬老院')
    await press('Enter')
    await comes('999999')
    door.calls.apply = apply
    await go(6, 1)
    await press('F2')
    await press('Enter')
    expect(colleagues('999999')).toMatchObject({ agency_name: '同事的单位' })
    expect(door.book.of('agency').map((record) => record.values.agency_name)).toContain('敬老院')
  })
})
