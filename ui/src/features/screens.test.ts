// Every screen opened once against the desk in memory: it shows its records, its keys do what they say,
// and nothing on it throws.
import { flushPromises, mount } from '@vue/test-utils'
import type { Component } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDoor } from '../backend'
import { fakeDoor, type FakeDoor } from '../backend/fake'
import { forgetChoices } from '../form/choices'
import { loadDocuments } from '../form/documents'
import AgencyScreen from './agency/AgencyScreen.vue'
import AllotmentScreen from './allotment/AllotmentScreen.vue'
import BudgetScreen from './budget/BudgetScreen.vue'
import ChecksScreen from './checks/ChecksScreen.vue'
import { adoptBook } from './common/desk'
import { showRecord } from './common/places'
import { followRoute, go, route } from './common/route'
import { runScreenKey } from './common/screenKeys'
import { forgetSettings } from './common/settings'
import DataScreen from './data/DataScreen.vue'
import HomeScreen from './home/HomeScreen.vue'
import LogScreen from './history/LogScreen.vue'
import PerformanceScreen from './performance/PerformanceScreen.vue'
import ProjectScreen from './project/ProjectScreen.vue'
import SearchDialog from './search/SearchDialog.vue'

let door: FakeDoor
let wrapper: ReturnType<typeof mount> | undefined

beforeEach(async () => {
  door = await fakeDoor()
  openDoor(door)
  forgetChoices()
  forgetSettings()
  await loadDocuments()
  await adoptBook(await door.call('book_state', {}) as never)
  location.hash = ''
  followRoute()
})
afterEach(() => {
  wrapper?.unmount()
  vi.useRealTimers()
})

async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await flushPromises()
}

async function open(screen: Component, props: Record<string, unknown> = {}) {
  wrapper = mount(screen, { attachTo: document.body, props })
  await settle()
  return wrapper
}

const key = async (selector: string, name: string, more: object = {}): Promise<void> => {
  await wrapper!.get(selector).trigger('keydown', { key: name, ...more })
  await settle()
}

describe('the first screen', () => {
  it('says what needs doing and goes there by Enter', async () => {
    const screen = await open(HomeScreen)
    expect(screen.text()).toContain('处强制性问题')
    await screen.get('.todo button').trigger('click')
    await vi.waitFor(() => expect(route.screen).toBe('checks'))
  })
})

describe('units', () => {
  it('stand as a tree and as a sheet; Enter in the tree goes to the unit in the sheet', async () => {
    const screen = await open(AgencyScreen)
    expect(screen.findAll('[role=treeitem]').map((item) => item.text())).toContain('财政所')
    await key('[role=tree]', 'ArrowDown')
    await key('[role=tree]', 'Enter')
    expect(document.activeElement?.className).toBe('sheet-input')
    expect(document.activeElement?.getAttribute('aria-label')).toContain('219001')
  })
})

describe('the tree of units', () => {
  it('follows the cursor of the sheet, also into a branch that was folded', async () => {
    const [parent, child] = door.book.of('agency')
    child!.values.parent = parent!.id
    const screen = await open(AgencyScreen)
    const chosen = (): string | undefined => screen.find('[role=treeitem][aria-selected=true]').element?.id
    await vi.waitFor(() => expect(chosen()).toBe(`unit-${parent!.id}`))
    await key('[role=tree]', 'ArrowLeft')
    expect(screen.find(`#unit-${child!.id}`).exists()).toBe(false)
    const scrolled = vi.spyOn(Element.prototype, 'scrollIntoView')
    await key('.sheet-input', 'ArrowDown')
    await vi.waitFor(() => expect(chosen()).toBe(`unit-${child!.id}`))
    expect((scrolled.mock.contexts.at(-1) as Element).id).toBe(`unit-${child!.id}`)
  })
})

describe('projects', () => {
  it('open the panel by Alt+Enter, with the record in it', async () => {
    const screen = await open(ProjectScreen)
    await key('.sheet-input', 'Enter', { altKey: true })
    await vi.waitFor(() => expect(screen.find('.side-panel .record-form').exists()).toBe(true))
    expect(screen.get('.side-panel').text()).toContain('立项')
  })

  it('are gone to from an address that names one', async () => {
    const project = door.book.of('project')[4]!
    go('project', project.id, { field: 'pro_name' })
    await vi.waitFor(() => expect(route.id).toBe(project.id))
    await open(ProjectScreen)
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toContain('防汛抗旱'))
  })
})

describe('the budget', () => {
  it('can be narrowed to one book', async () => {
    const screen = await open(BudgetScreen)
    const fund = door.book.of('budget_book')[1]!
    await screen.get('select[aria-label=预算]').setValue(fund.id)
    await settle()
    const query = door.asked.filter(({ name }) => name === 'rows_open').at(-1)!.request as { filters: { field: string; value: string[] }[] }
    expect(query.filters[0]).toMatchObject({ field: 'fund_type', test: 'one_of' })
    expect(query.filters[0]!.value.every((code) => code.startsWith('12'))).toBe(true)
  })

  it('is not handed in while mandatory findings stand, and says how many', async () => {
    const screen = await open(BudgetScreen)
    expect(runScreenKey('Ctrl+Enter')).toBe(true)
    await settle()
    const unit = screen.get<HTMLInputElement>('dialog .lookup input')
    await unit.setValue('财政所')
    await settle()
    await unit.trigger('keydown', { key: 'Enter' })
    await screen.get('dialog [data-kind=primary]').trigger('click')
    await settle()
    expect(screen.get('dialog [role=alert]').text()).toContain('强制性问题 1 处')
  })
})

describe('allotments', () => {
  /** The ledger of the first allotment, and a voucher written into it by keyboard. */
  async function openLedger() {
    const allotment = door.book.of('allotment')[0]!
    go('allotment', allotment.id, { tab: 'ledger' })
    await vi.waitFor(() => expect(route.id).toBe(allotment.id))
    const screen = await open(AllotmentScreen)
    await vi.waitFor(() => expect(screen.find('.balances').exists()).toBe(true))
    const write = async (kind: string, amount: string, reason: string): Promise<void> => {
      runScreenKey('Ctrl+Enter')
      await settle()
      await screen.get('dialog select').setValue(kind)
      const inputs = screen.findAll<HTMLInputElement>('dialog .input')
      await inputs[0]!.setValue(amount)
      await inputs.at(-1)!.setValue(reason)
      await screen.get('dialog form').trigger('submit')
      await settle()
    }
    return { allotment, screen, write }
  }

  it('take a voucher, and the balance follows', async () => {
    const { allotment, screen, write } = await openLedger()
    await write('05', '20000', '暂缓执行')
    const voucher = door.book.of('allotment_voucher')[0]!
    expect(voucher.values).toMatchObject({ kind: '05', amount: 2_000_000, from_allotment: allotment.id, to_allotment: null, reason: '暂缓执行' })
    expect(screen.get('.balances [data-main]').text()).toContain('30,000.00')
  })

  it('refuse a voucher that takes more than is free', async () => {
    const { screen, write } = await openLedger()
    await write('03', '50000.01', '压减')
    expect(screen.get('dialog [role=alert]').text()).toContain('超出可用余额 50,000.00')
    expect(door.book.of('allotment_voucher')).toEqual([])
  })
})

describe('performance', () => {
  it('shows the goals and indicators of the project under the cursor, and what their weights come to', async () => {
    const project = door.book.of('project')[0]!
    for (const weight of ['40', '59.5']) door.book.add('performance_indicator', 2026, { project: project.id, kpi_lv1: '1', kpi_lv2: '11', kpi_lv3: '里程', weight })
    const screen = await open(PerformanceScreen)
    await vi.waitFor(() => expect(screen.find('.performance-weights').exists()).toBe(true))
    await vi.waitFor(() => expect(screen.get('.performance-weights').text()).toContain('权重合计 99.5'))
    expect(screen.get('.performance-weights').attributes('data-wrong')).toBeDefined()
  })
})

describe('checks', () => {
  it('list what is wrong, and Enter goes to the cell', async () => {
    const screen = await open(ChecksScreen)
    expect(screen.findAll('[role=option]').length).toBeGreaterThan(0)
    const line = door.book.of('budget_line')[3]!
    const index = screen.findAll('[role=option]').findIndex((item) => item.text().includes('政府经济分类'))
    for (let step = 0; step < index; step++) await key('.finding-list', 'ArrowDown')
    await key('.finding-list', 'Enter')
    await vi.waitFor(() => expect(route).toMatchObject({ screen: 'budget', id: line.id, query: { field: 'gov_eco' } }))
  })

  it('leave the focus to a hand that was faster than the list', async () => {
    wrapper = mount(ChecksScreen, { attachTo: document.body })
    const button = wrapper.get<HTMLElement>('.tools .button').element
    button.focus()
    await settle()
    expect(document.activeElement).toBe(button)
  })

  it('leave the focus to a hand that went elsewhere meanwhile, and take it from where it was before', async () => {
    const beside = document.body.appendChild(document.createElement('button'))
    beside.focus()
    await open(ChecksScreen)
    expect(document.activeElement?.className).toContain('finding-list')
    wrapper!.unmount()
    wrapper = mount(ChecksScreen, { attachTo: document.body })
    beside.focus()
    await settle()
    expect(document.activeElement).toBe(beside)
    const header = document.body.appendChild(document.createElement('header'))
    header.append(beside)
    beside.focus()
    wrapper.unmount()
    await open(ChecksScreen)
    expect(document.activeElement, 'nothing in the header leads to a screen').toBe(beside)
    header.remove()
  })

  it('do not let a mandatory finding be explained away', async () => {
    const screen = await open(ChecksScreen)
    await key('.finding-list', 'e')
    expect(screen.find('dialog').exists()).toBe(false)
  })

  it('take an explanation of an advisory finding', async () => {
    const told: unknown[] = []
    const finding = { rule: 'BGT-009', severity: 'advisory', entity: 'budget_line', record: door.book.of('budget_line')[0]!.id, field: 'apply_up', message: '人均高于标准 12%' }
    const unit = { code: '219001', name: '财政所' }
    door.calls.findings = () => ({ items: [{ finding, unit, record_code: '1', record_name: '一', field_label: '申报数', entity_label: '年度预算', reason: null }] })
    door.calls.finding_counts = () => [{ entity: 'budget_line', entity_label: '年度预算', rule: 'BGT-009', severity: 'advisory', count: 1234, explained: 3, zh: '人均标准' }]
    door.calls.explain = ((request: unknown) => {
      told.push(request)
      return { label: '', ops: 1, created: [], rows: {}, changes: 1, saved_at_ms: 1 }
    }) as never
    const screen = await open(ChecksScreen)
    expect(screen.get('.tools').text()).toContain('提示性 1,234（已说明 3）')
    expect(screen.get('[role=option]').text(), 'a finding says whose it is').toContain('219001 财政所 · 年度预算')
    await key('.finding-list', 'e')
    await screen.get('dialog textarea').setValue('含冬季取暖')
    await screen.get('dialog textarea').trigger('keydown', { key: 'Enter', ctrlKey: true })
    await settle()
    expect(told).toEqual([{ ...finding, severity: undefined, reason: '含冬季取暖', fiscal_year: 2026 }])
  })
})

describe('search', () => {
  it('finds records by words and goes to the one chosen', async () => {
    const screen = await open(SearchDialog, { screens: [{ key: 'home', text: '首页', keys: 'Alt+1' }] })
    await screen.get('input').setValue('卫生')
    await settle()
    expect(screen.text()).toContain('卫生院')
    await key('input', 'Enter')
    await vi.waitFor(() => expect(route.screen).toBe('agency'))
  })
})

describe('places', () => {
  it('of a line are the tab of its owner', async () => {
    const project = door.book.of('project')[2]!
    const line = door.book.add('project_detail', 2026, { project: project.id, line_no: 1 })
    await showRecord('project_detail', line.id)
    await vi.waitFor(() => expect(route).toMatchObject({ screen: 'project', id: project.id, query: { tab: 'detail' } }))
  })
})

it('the log says who did what', async () => {
  door.book.apply('预算单位：修改单位名称', [])
  expect((await open(LogScreen)).text()).toContain('预算单位：修改单位名称')
})

it('basic data are sheets like any other', async () => {
  expect((await open(DataScreen)).text()).toContain('标准代码')
})
