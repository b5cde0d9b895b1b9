// Hands that are faster than the desk: what it answers late neither takes the focus nor leads elsewhere, and what was
// pressed before it answered is done, once, and on what the person saw.
import { flushPromises, mount } from '@vue/test-utils'
import { h, type Component } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDoor, type CallName } from '../backend'
import { fakeDoor, trayOf, type FakeDoor } from '../backend/fake'
import type { Tray } from '../generated/Tray'
import { forgetChoices } from '../form/choices'
import { loadDocuments } from '../form/documents'
import AgencyScreen from './agency/AgencyScreen.vue'
import VoucherDialog from './allotment/VoucherDialog.vue'
import BudgetScreen from './budget/BudgetScreen.vue'
import ChecksScreen from './checks/ChecksScreen.vue'
import { adoptBook, announce, apply, undoOrRedo } from './common/desk'
import EntityGrid from './common/EntityGrid.vue'
import HistoryList from './common/HistoryList.vue'
import { showRecord } from './common/places'
import { followRoute, go, route } from './common/route'
import { runScreenKey } from './common/screenKeys'
import { forgetSettings } from './common/settings'
import ImportScreen from './import/ImportScreen.vue'
import { chooseFile, setEntity, setSheet, startOver, layout } from './import/wizard'
import CopyLastYear from './project/CopyLastYear.vue'
import CasesScreen from './sync/CasesScreen.vue'
import TrayScreen from './sync/TrayScreen.vue'

let door: FakeDoor
let wrapper: ReturnType<typeof mount> | undefined
let beside: HTMLButtonElement

beforeEach(async () => {
  door = await fakeDoor(new URLSearchParams('sync'))
  openDoor(door)
  forgetChoices()
  forgetSettings()
  await loadDocuments()
  await adoptBook(await door.call('book_state', {}) as never)
  location.hash = ''
  followRoute()
  beside = document.body.appendChild(document.createElement('button'))
})
afterEach(() => {
  wrapper?.unmount()
  beside.remove()
})

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await flushPromises()
}

/** The next answers of this call wait, one by one; `answers[n]()` lets the n-th through, in any order. */
function hold(name: CallName): (() => Promise<void>)[] {
  const answer = door.calls[name]!
  const answers: (() => Promise<void>)[] = []
  door.calls[name] = ((request: never) => {
    const now = structuredClone(answer(request))
    return new Promise((resolve) => answers.push(() => (resolve(now), settle())))
  }) as never
  return answers
}

const asked = (name: string): unknown[] => door.asked.filter((call) => call.name === name).map((call) => call.request)

function show(screen: Component, props: Record<string, unknown> = {}) {
  wrapper = mount(screen, { attachTo: document.body, props })
  return wrapper
}

const key = async (selector: string, name: string): Promise<void> => {
  await wrapper!.get(selector).trigger('keydown', { key: name })
}

describe('a sheet that is read late', () => {
  const units = { entity: 'agency', first: ['agency_code', 'agency_name'], autofocus: true }

  it('leaves the focus to whatever took it meanwhile, not only to inputs', async () => {
    const opens = hold('rows_open')
    show(EntityGrid, units)
    await settle()
    beside.focus()
    await opens[0]!()
    expect(wrapper!.find('.sheet-input').exists()).toBe(true)
    expect(document.activeElement).toBe(beside)
  })

  it('gives the new row that was asked for before it was there, and the finding', async () => {
    const opens = hold('rows_open')
    const screen = show(AgencyScreen)
    await settle()
    runScreenKey('Ctrl+Insert')
    for (const answer of opens) await answer()
    expect(screen.get('.sheet-input').attributes('aria-label')).toContain('第 6 行')
    screen.unmount()
    door.book.of('agency')[3]!.values.agency_name = null
    opens.splice(0)
    show(AgencyScreen)
    await settle()
    runScreenKey('F8')
    while (opens.length > 0) await opens.shift()!()
    await settle()
    expect(wrapper!.get('.sheet-input').attributes('aria-label')).toContain('第 4 行')
  })

  it('goes to the record that was asked for last, and leaves the focus where it went since', async () => {
    const { vm } = show(EntityGrid, units) as unknown as { vm: InstanceType<typeof EntityGrid> }
    await settle()
    const places = hold('rows_position')
    const [, , one, other] = door.book.of('agency')
    void vm.goTo(one!.id)
    void vm.goTo(other!.id)
    await settle()
    beside.focus()
    await places[1]!()
    await places[0]!()
    expect(wrapper!.get('.sheet-input').attributes('aria-label')).toContain('第 4 行')
    expect(document.activeElement).toBe(beside)
  })

  it('is not widened under a search that was typed while a record was looked for', async () => {
    const screen = show(AgencyScreen)
    await settle()
    const places = hold('rows_position')
    go('agency', 'none-of-these')
    await vi.waitFor(() => expect(places).toHaveLength(1))
    const find = screen.get<HTMLInputElement>('[data-find]')
    await find.setValue('卫生')
    await find.trigger('keydown', { key: 'Enter' })
    await places[0]!()
    expect(find.element.value).toBe('卫生')
    expect(screen.findAll('.sheet-pane .sheet-row')).toHaveLength(1)
  })

  it('keeps a panel that was opened before it was known whether it stood open the last time', async () => {
    const settings = hold('setting')
    const screen = show(AgencyScreen)
    await screen.get('.tools [aria-pressed]').trigger('click')
    for (const answer of settings) await answer()
    await settle()
    expect(screen.find('.side-panel').exists()).toBe(true)
  })
})

describe('lists', () => {
  it('of findings show the rule chosen last', async () => {
    const finding = (rule: string) => ({ finding: { rule, severity: 'advisory', entity: 'budget_line', record: rule, field: null, message: `提示 ${rule}` }, unit: null, record_code: '', record_name: '', field_label: '', entity_label: '年度预算', reason: null })
    door.calls.finding_counts = () => ['A', 'B'].map((rule) => ({ entity: 'budget_line', entity_label: '年度预算', rule, severity: 'advisory', count: 1, explained: 0, zh: rule }))
    door.calls.findings = (({ rule }: { rule: string | null }) => ({ items: (rule ? [rule] : ['A', 'B']).map(finding) })) as never
    const screen = show(ChecksScreen)
    await settle()
    await key('.finding-list', 'ArrowDown')
    door.calls.findings = (({ rule }: { rule: string | null }) => ({ items: (rule ? [rule] : ['C', 'A', 'B']).map(finding) })) as never
    announce()
    await settle()
    expect(screen.get('[role=option][aria-selected=true]').text(), 'the line stays the one that was chosen').toContain('提示 B')
    const answers = hold('findings')
    const [, a, b] = screen.findAll('input[name=rule]')
    await a!.setValue()
    await b!.setValue()
    await settle()
    await answers[1]!()
    await answers[0]!()
    expect(screen.findAll('[role=option]').map((line) => line.text().includes('提示 B'))).toEqual([true])
  })

  it('of a budget book are those of the book chosen last', async () => {
    const screen = show(BudgetScreen)
    await settle()
    const answers = hold('code_tree')
    forgetChoices()
    const books = door.book.of('budget_book')
    const choice = screen.get('select[aria-label=预算]')
    await choice.setValue(books[1]!.id)
    await choice.setValue('all')
    for (const answer of answers) await answer()
    await settle()
    expect((asked('rows_open').at(-1) as { filters: unknown[] }).filters).toEqual([])
  })

  it('of changes are those of the record in the panel', async () => {
    const entry = (label: string) => [{ at_ms: 1, actor: '', verb: 'edit', label, changes: [] }]
    door.calls.history = (({ id }: { id: string }) => entry(id)) as never
    const answers = hold('history')
    const list = show(HistoryList, { entity: 'agency', id: '甲' })
    await list.setProps({ id: '乙' })
    await answers[1]!()
    await answers[0]!()
    expect(list.text()).toContain('乙')
  })
})

describe('disputes', () => {
  const decisions = (): unknown[] => asked('decide_cases').flatMap((request) => (request as { decisions: { case: string; choice: string }[] }).decisions.map(({ case: id, choice }) => `${id} ${choice}`))
  const press = async (...keys: string[]): Promise<void> => {
    for (const name of keys) await key('[role=listbox]', name)
  }
  const NAME = { name: 'agency_name', label: '单位名称', kind: 'text', max: 100 }
  const shown = (value: string) => ({ value, text: value })
  let ids: string[]

  beforeEach(() => {
    ids = ['1', '2', '3']
    const record = { entity: 'agency', entity_label: '预算单位', id: 'r', label: '财政所', unit: null, alive: true, deleted: null }
    door.calls.cases = () => ({
      total: ids.length,
      items: ids.map((id) => ({
        id, record, field: NAME, money: false, base: shown('甲'), theirs: shown('乙'), proposed: shown('丙'), current: shown('乙'), theirs_by: '', theirs_at_ms: 1, proposed_by: '', mine: false,
        proposed_at_ms: 2, basis: id, decided: false, choice: null, decided_value: shown(''), reason: '', decided_by: '', decided_at_ms: 0,
      })),
    })
    door.calls.decide_cases = ((request: { decisions: { case: string }[] }) => {
      ids = ids.filter((id) => request.decisions.every((decision) => decision.case !== id))
      return { label: '裁决', ops: 2, created: [], rows: {}, changes: 1, saved_at_ms: 1 }
    }) as never
  })

  it('take keys that are pressed while one is being sent for the next one', async () => {
    show(CasesScreen)
    await settle()
    const sent = hold('decide_cases')
    await press('2', 'Enter')
    await settle()
    await press('1', 'Enter')
    await settle()
    expect(decisions()).toEqual(['1 take'])
    await sent[0]!()
    await settle()
    expect(decisions()).toEqual(['1 take', '2 keep'])
    await sent[1]!()
  })

  it('drop the keys that were meant for what did not come', async () => {
    show(CasesScreen)
    await settle()
    let fail = (): void => undefined
    door.calls.decide_cases = (() => new Promise((_resolve, reject) => (fail = () => reject({ code: 'stale', message: '值已改动', field: null })))) as never
    await press('2', 'Enter')
    await settle()
    await press('1', 'Enter')
    fail()
    await settle()
    expect(decisions()).toEqual(['1 take'])
  })

  it('stay on the case that is looked at when others come or go, and leave the focus where it is', async () => {
    const screen = show(CasesScreen)
    await settle()
    await press('ArrowDown')
    await settle()
    await screen.get('.case-reason textarea').setValue('按会议纪要')
    ids = ['0', '1', '2', '3']
    announce()
    await settle()
    expect(screen.get<HTMLTextAreaElement>('.case-reason textarea').element.value).toBe('按会议纪要')
    expect(screen.get('[role=option][aria-selected=true]').attributes('id')).toBe('case-2')
    const sent = hold('decide_cases')
    await press('2', 'Enter')
    await settle()
    beside.focus()
    await sent[0]!()
    expect(document.activeElement).toBe(beside)
  })
})

describe('the tray', () => {
  it('stays on the change that is looked at, and closes nothing that was opened meanwhile', async () => {
    const screen = show(TrayScreen)
    await settle()
    const about = (): string => screen.get('[role=option][aria-selected=true]').text()
    await key('[role=listbox]', 'ArrowDown')
    await settle()
    const before = about()
    const { items } = await door.call('tray', { limit: 200 }) as Tray
    door.calls.tray = () => trayOf(items.slice(1))
    announce()
    await settle()
    expect(about()).toBe(before)
    door.calls.tray_resend = () => ({ label: '重新上报', ops: 1, created: [], rows: {}, changes: 1, saved_at_ms: 1 })
    const sent = hold('tray_resend')
    await screen.get('.tools [data-kind=primary]').trigger('click')
    await settle()
    await screen.findAll('.tray-entry').at(-1)!.trigger('dblclick')
    await sent[0]!()
    expect(document.querySelector('.tray-field')).not.toBeNull()
  })
})

describe('dialogs', () => {
  it('of a voucher keep the amount that was typed before the kinds were read, and enter nothing without them', async () => {
    const kinds = hold('code_tree')
    const dialog = show(VoucherDialog, { allotment: door.book.of('allotment')[0]!.id, words: '', available: 5_000_000, amount: 5_000_000, released: 0 })
    const inputs = dialog.findAll<HTMLInputElement>('.input')
    expect(inputs[0]!.element.value).toBe('50000')
    await inputs[0]!.setValue('200')
    await inputs.at(-1)!.setValue('首次下达')
    inputs.at(-1)!.element.focus()
    await dialog.get('form').trigger('submit')
    await settle()
    expect(asked('apply')).toEqual([])
    for (const answer of kinds) await answer()
    await settle()
    expect(document.activeElement).toBe(inputs.at(-1)!.element)
    expect(door.book.of('allotment_voucher')[0]!.values).toMatchObject({ amount: 20_000, kind: '01', to_allotment: door.book.of('allotment')[0]!.id })
  })

  it('that copy last year wait for what is there before they say what to copy', async () => {
    door.calls.copy_last_year = () => ({ label: '', ops: 1, created: [], rows: {}, changes: 1, saved_at_ms: 1 })
    const counts = hold('home')
    const dialog = show({ render: () => h(CopyLastYear) })
    await settle()
    await dialog.get('[data-kind=primary]').trigger('click')
    expect(asked('copy_last_year')).toEqual([])
    for (const answer of counts) await answer()
    await settle()
    expect((asked('copy_last_year')[0] as { entities: string[] }).entities).not.toContain('agency')
  })
})

it('undo and redo that are quicker than the word what there is to undo are done all the same', async () => {
  const unit = door.book.of('agency')[1]!
  const states = hold('book_state')
  await apply('改名', [{ edit: 'set', entity: 'agency', id: unit.id, field: 'agency_name', from: '财政所', to: '所' }])
  const undone = undoOrRedo('undo')
  await settle()
  for (const answer of states.splice(0)) await answer()
  await undone
  const redone = undoOrRedo('redo')
  await settle()
  for (const answer of states.splice(0)) await answer()
  await redone
  expect([asked('undo').length, asked('redo').length]).toEqual([1, 1])
})

describe('places', () => {
  it('are not gone to by whoever has gone elsewhere meanwhile', async () => {
    const line = door.book.add('project_detail', 2026, { project: door.book.of('project')[0]!.id, line_no: 1 })
    const records = hold('record')
    const going = showRecord('project_detail', line.id)
    go('checks')
    await vi.waitFor(() => expect(route.screen).toBe('checks'))
    await records[0]!()
    await going
    expect(location.hash).toBe('#/checks')
  })

  it('that are gone to from the header take the focus out of it', async () => {
    const header = document.body.appendChild(document.createElement('header'))
    header.append(beside)
    beside.focus()
    go('checks')
    await vi.waitFor(() => expect(route.screen).toBe('checks'))
    show(ChecksScreen)
    await settle()
    expect(document.activeElement?.className).toContain('finding-list')
    header.remove()
  })
})

describe('an import', () => {
  const LAYOUT = (sheet: number) => ({ sheet, sheet_name: '', header_from: 0, header_to: 0, data_from: 1, data_to: null, unit: 'yuan', unit_stated: true, hidden_rows: 'include', indented: false, fingerprint: '', columns: [] })

  it('leads the hands on to the next step, but not out of what they went to, and keeps the sheet chosen last', async () => {
    door.chooseFile = () => Promise.resolve({ path: '/u/1.csv', name: '1.csv' })
    const sheets = [0, 1].map((sheet) => ({ sheet, name: `表${sheet}`, hidden: false, rows: 2, hidden_rows: 0, hidden_columns: 0 }))
    Object.assign(door.calls, {
      import_read: () => ({ job: 1 }), import_forget: () => ({}),
      job: () => ({ job: 1, label: '', done: 1, all: 1, finished: true, result: { import: 1, file_name: '1.csv', kind: 'csv', sheets, entity: null, fiscal_year: null }, error: null }),
      import_recognise: ({ sheet }: { sheet: number | null }) => ({ layout: LAYOUT(sheet ?? 0), remembered: false, missing: [], head: [] }),
    })
    const screen = show(ImportScreen)
    await chooseFile()
    await settle()
    const answers = hold('import_recognise')
    void setEntity('agency')
    await settle()
    const year = screen.get<HTMLInputElement>('input[type=number]').element
    year.focus()
    await answers[0]!()
    expect(document.activeElement).toBe(year)
    void setEntity('agency')
    await settle()
    screen.get<HTMLElement>('#import-sheet [data-first]').element.focus()
    await answers[1]!()
    expect(document.activeElement).toBe(screen.get('#import-columns [data-first]').element)
    void setSheet(0)
    void setSheet(1)
    await settle()
    await answers[3]!()
    await answers[2]!()
    expect(layout.value?.sheet).toBe(1)
    startOver()
  })
})
