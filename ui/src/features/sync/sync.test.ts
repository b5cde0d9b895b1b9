// The screens of sync by keyboard, against the desk in memory.
import { flushPromises, mount } from '@vue/test-utils'
import type { Component } from 'vue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDoor } from '../../backend'
import { aloneState, fakeDoor, fakeEntities, trayOf, type FakeDoor } from '../../backend/fake'
import { forgetChoices } from '../../form/choices'
import { entityDef, loadDocuments } from '../../form/documents'
import type { BookState } from '../../generated/BookState'
import type { Case } from '../../generated/Case'
import type { ShownField } from '../../generated/ShownField'
import type { TrayEntry } from '../../generated/TrayEntry'
import { toasts } from '../../kit/toast'
import { adoptBook } from '../common/desk'
import { forgetSettings } from '../common/settings'
import { readSync } from '../common/sync'
import CasesScreen from './CasesScreen.vue'
import SyncItem from './SyncItem.vue'
import TrayScreen from './TrayScreen.vue'
import UsbWay from './UsbWay.vue'

let door: FakeDoor
let wrapper: ReturnType<typeof mount> | undefined

beforeEach(async () => {
  door = await fakeDoor()
  openDoor(door)
  forgetChoices()
  forgetSettings()
  await loadDocuments()
  await adoptBook(await door.call('book_state', {}) as never)
})
afterEach(() => wrapper?.unmount())

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await flushPromises()
}

async function open(screen: Component) {
  wrapper = mount(screen, { attachTo: document.body })
  await settle()
  return wrapper
}

const key = async (selector: string, name: string): Promise<void> => {
  await wrapper!.get(selector).trigger('keydown', { key: name })
  await settle()
}

const shown = (value: string | number | null, text = String(value ?? '')) => ({ value, text })
const record = { entity: 'agency', entity_label: '预算单位', id: 'r', label: '219001 羊八井镇财政所', unit: null, alive: true, deleted: null }
const NAME: ShownField = { name: 'agency_name', label: '单位名称', kind: 'text', max: 100 }
const AMOUNT: ShownField = { name: 'apply_up', label: '申报数', kind: 'money' }

const oneCase = (id: string, more: Partial<Case> = {}): Case => ({
  id, record, field: NAME, money: false, base: shown('甲'), theirs: shown('乙'), proposed: shown('丙'), current: shown('乙'), theirs_by: '扎西', theirs_at_ms: 1, proposed_by: '次仁卓玛', mine: false,
  proposed_at_ms: 2, basis: '粘贴 12 行', decided: false, choice: null, decided_value: shown(null), reason: '', decided_by: '', decided_at_ms: 0, ...more,
})

const asked = (name: string): unknown[] => door.asked.filter((call) => call.name === name).map((call) => call.request)
const applied = { label: '裁决', ops: 2, created: [], rows: {}, changes: 1, saved_at_ms: 1 }

function withCases(items: Case[]): void {
  door.calls.cases = () => ({ total: items.length, items }) as never
  door.calls.decide_cases = (({ decisions }: { decisions: { case: string }[] }) => {
    items = items.filter(({ id }) => decisions.every((decision) => decision.case !== id))
    return applied
  }) as never
}

describe('disputes', () => {
  it('are decided by the keyboard alone, and the next one comes up', async () => {
    withCases([oneCase('1'), oneCase('2', { basis: '导入 项目表.xlsx' })])
    const screen = await open(CasesScreen)
    expect(document.activeElement?.getAttribute('role')).toBe('listbox')
    expect(screen.text()).toContain('依据：粘贴 12 行')
    await key('[role=listbox]', '2')
    await key('[role=listbox]', 'Enter')
    expect(asked('decide_cases')).toEqual([{ decisions: [{ case: '1', choice: 'take', reason: '', seen: '"乙"' }] }])
    expect(screen.text()).toContain('依据：导入 项目表.xlsx')
    expect(document.activeElement?.getAttribute('role')).toBe('listbox')
  })

  it('about money ask for a reason first, show the difference, and cannot be ticked', async () => {
    withCases([oneCase('1', { field: AMOUNT, money: true, base: shown(40_000_000), theirs: shown(42_000_000), proposed: shown(45_000_000), current: shown(42_000_000) })])
    const screen = await open(CasesScreen)
    expect(screen.text()).toContain('450,000.00(+50,000.00)')
    expect(screen.findAll('.case-tick input')).toHaveLength(0)
    await key('[role=listbox]', '1')
    await key('[role=listbox]', 'Enter')
    expect(screen.get('[role=alert]').text()).toContain('须写明理由')
    expect(document.activeElement?.tagName).toBe('TEXTAREA')
    await screen.get('.case-reason textarea').setValue('按会议纪要')
    await key('.case-reason textarea', 'Enter')
    expect(asked('decide_cases')).toEqual([{ decisions: [{ case: '1', choice: 'keep', reason: '按会议纪要', seen: '42000000' }] }])
    expect(screen.text()).toContain('没有待裁决的争议')
  })

  it('of plain text are decided together', async () => {
    withCases([oneCase('1'), oneCase('2'), oneCase('3', { field: AMOUNT, money: true })])
    const screen = await open(CasesScreen)
    await key('[role=listbox]', ' ')
    await key('[role=listbox]', 'ArrowDown')
    await key('[role=listbox]', ' ')
    expect(screen.get('.case-bulk').text()).toContain('已选 2 条')
    await screen.get('.case-bulk input[value=take]').setValue()
    await screen.get('.case-bulk').trigger('submit')
    await settle()
    expect(asked('decide_cases')).toMatchObject([{ decisions: [{ case: '1', choice: 'take' }, { case: '2', choice: 'take' }] }])
  })

  it('call a value mine by what the desk says, not by the name under it', async () => {
    withCases([oneCase('1'), oneCase('2', { mine: true })])
    const screen = await open(CasesScreen)
    const heading = (): string => screen.get('.case-value[data-kind=take] h3').text()
    expect(heading()).toMatch(/^提出的值/)
    await key('[role=listbox]', 'ArrowDown')
    expect(heading()).toMatch(/^我提出的值/)
  })

  it('may be settled by another value', async () => {
    withCases([oneCase('1')])
    const screen = await open(CasesScreen)
    await key('[role=listbox]', '3')
    const input = screen.get('.case-decision .field .input')
    expect(document.activeElement).toBe(input.element)
    await input.setValue('县档案馆')
    await input.trigger('keydown', { key: 'Enter' })
    await settle()
    await screen.get('.case-reason textarea').setValue('以批文为准')
    await key('.case-reason textarea', 'Enter')
    expect(asked('decide_cases')).toMatchObject([{ decisions: [{ choice: 'other', value: '县档案馆', reason: '以批文为准' }] }])
  })
})

const entry = (id: string, more: Partial<TrayEntry> = {}): TrayEntry => ({
  id, group: 'g', label: '粘贴 2 行', actor: '次仁卓玛', at_ms: 1, record, verb: 'edit', why: 'stale', field: 'agency_name', message: '“单位名称”已被扎西改动', restored: false, since_ms: 2, editable: true,
  fields: [{ field: NAME, from: shown('甲'), to: shown('丙'), current: shown('乙') }], ...more,
})

describe('the tray', () => {
  it('sends a change again with another value', async () => {
    let items = [entry('1'), entry('2', { why: 'held', message: '同一操作的其他更改未被采纳' })]
    door.calls.tray = (({ limit }: { limit: number }) => trayOf(items, limit)) as never
    door.calls.tray_resend = (() => ((items = [items[1]!]), applied)) as never
    const screen = await open(TrayScreen)
    expect(screen.text()).toContain('一起提出的 2 项')
    await key('[role=listbox]', 'Enter')
    const input = document.querySelector<HTMLInputElement>('.tray-field .input')!
    input.value = '县档案馆'
    input.dispatchEvent(new Event('input'))
    await settle()
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
    await settle()
    expect(asked('tray_resend')).toEqual([{ ids: ['1'], groups: [], changes: [{ id: '1', field: 'agency_name', to: '县档案馆' }] }])
    expect(screen.findAll('.tray-entry')).toHaveLength(1)
  })

  it('of a deleted record says who deleted it and restores it by a key; then the change is sent', async () => {
    const gone = { ...record, alive: false, deleted: { by: '县局李会计', at_ms: Date.UTC(2026, 10, 20) } }
    let items = [entry('1', { record: gone }), entry('2', { record: gone }), entry('3', { record: { ...record, id: 'other' } })]
    door.calls.tray = (({ limit }: { limit: number }) => trayOf(items, limit)) as never
    door.calls.apply = (() => {
      items = items.map((item) => (item.record === gone ? { ...item, record, restored: true } : item))
      return { ...applied, label: '恢复' }
    }) as never
    door.calls.tray_resend = (() => applied) as never
    const screen = await open(TrayScreen)
    const first = (): string => screen.findAll('.tray-entry')[0]!.text()
    expect(first()).toContain('县局李会计')
    expect(first()).not.toContain('现为')
    await screen.get('.tray-group input').setValue(true)
    await settle()
    expect(screen.get('.tools').text()).toContain('恢复 1 条记录')
    await key('[role=listbox]', 'r')
    expect(asked('apply')).toEqual([{ label: '恢复 预算单位 · 219001 羊八井镇财政所', edits: [{ edit: 'restore', entity: 'agency', id: 'r' }] }])
    expect(first()).toContain('现为')
    expect(first()).toContain('记录已恢复，可以重新上报')
    expect(screen.findAll('.tray-entry').map((line) => line.find('.field-error').exists()), 'what was in the way is not red any more').toEqual([false, false, true])
    await key('[role=listbox]', 'Enter')
    expect(document.querySelector('.dialog .field-error')).toBeNull()
    document.querySelector<HTMLElement>('.dialog-close')!.click()
    await settle()
    await key('[role=listbox]', 'r')
    expect(asked('apply')).toHaveLength(1)
  })

  it('restores first and sends then, in the dialog and with what was typed there', async () => {
    const gone = { ...record, alive: false, deleted: { by: '', at_ms: 0 } }
    let items = [entry('1', { record: gone })]
    door.calls.tray = (({ limit }: { limit: number }) => trayOf(items, limit)) as never
    door.calls.apply = (() => ((items = [entry('1')]), applied)) as never
    door.calls.tray_resend = (() => ((items = []), applied)) as never
    await open(TrayScreen)
    await key('[role=listbox]', 'Enter')
    const input = document.querySelector<HTMLInputElement>('.tray-field .input')!
    const primary = (): string => document.querySelector('.dialog-foot [data-kind=primary]')!.textContent!
    const enter = async (): Promise<void> => {
      input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
      await settle()
    }
    input.value = '县档案馆'
    input.dispatchEvent(new Event('input'))
    await settle()
    expect(primary()).toContain('恢复记录')
    await enter()
    expect(asked('tray_resend')).toEqual([])
    expect(primary()).toContain('重新上报')
    await enter()
    expect(asked('tray_resend')).toEqual([{ ids: ['1'], groups: [], changes: [{ id: '1', field: 'agency_name', to: '县档案馆' }] }])
    expect(document.querySelector('.dialog')).toBeNull()
  })

  it('shows the first of very many, more of them by a key, and a tick at a group means all of it', async () => {
    let items = Array.from({ length: 450 }, (_, at) => entry(String(at), { group: at < 449 ? 'g' : 'h' }))
    door.calls.tray = (({ limit }: { limit: number }) => trayOf(items, limit)) as never
    door.calls.tray_resend = (() => ((items = items.slice(449)), applied)) as never
    const screen = await open(TrayScreen)
    const shown = (): number => screen.findAll('.tray-entry').length
    expect(shown()).toBe(200)
    expect(screen.text()).toContain('前 200 项，共 450 项')
    expect(screen.text()).toContain('一起提出的 449 项')
    await key('[role=listbox]', 'End')
    await key('[role=listbox]', 'ArrowDown')
    expect(shown()).toBe(400)
    expect(screen.get('[aria-selected=true]').attributes('id')).toBe('tray-200')
    await screen.get('.tray-group input').setValue(true)
    await settle()
    expect(screen.get('.tools').text()).toContain('重新上报 449 项')
    await key('[role=listbox]', ' ')
    expect(screen.get('.tools').text(), 'one of it is not meant: the others that were seen').toContain('重新上报 399 项')
    await screen.get('.tray-group input').setValue(true)
    await settle()
    await screen.get('.tools [data-kind=primary]').trigger('click')
    await settle()
    expect(asked('tray_resend')).toEqual([{ ids: [], groups: ['g'], changes: [] }])
    expect(shown()).toBe(1)
  })

  it('asks before it gives something up', async () => {
    let items = [entry('1')]
    door.calls.tray = (({ limit }: { limit: number }) => trayOf(items, limit)) as never
    door.calls.tray_drop = (() => ((items = []), {})) as never
    const screen = await open(TrayScreen)
    await key('[role=listbox]', 'Delete')
    expect(asked('tray_drop')).toEqual([])
    document.querySelector<HTMLElement>('.dialog [data-kind=danger]')!.click()
    await settle()
    expect(asked('tray_drop')).toEqual([{ ids: ['1'], groups: [] }])
    expect(screen.text()).toContain('没有未采纳的更改')
  })
})

describe('the way by stick', () => {
  const folderInput = (): HTMLInputElement => document.querySelector('.sync-usb input')!
  const chooser = (): HTMLElement | undefined => [...document.querySelectorAll<HTMLElement>('.sync-usb button')].find(({ textContent }) => textContent!.includes('选择文件夹'))

  it('has its folder chosen where the window has a dialog for it, and keeps it when the person changes their mind', async () => {
    Object.assign(door, { native: true })
    const chosen = ['E:\\算盘', null]
    door.chooseFolder = () => Promise.resolve(chosen.shift()!)
    await open(UsbWay)
    while (chosen.length > 0) {
      chooser()!.click()
      await settle()
      expect(folderInput().value).toBe('E:\\算盘')
    }
  })

  it('has it typed in a browser, which names no folders', async () => {
    await open(UsbWay)
    expect(chooser()).toBeUndefined()
    expect(folderInput().value).toBe('/home/clerk')
  })
})

describe('an exchange that brings an amendment of the documents', () => {
  it('has the new words and fields read at once, and says so', async () => {
    let agreed_ms = 1
    door.calls.sync_state = (() => ({ ...aloneState(), phase: 'idle', agreed_ms })) as never
    await readSync()
    const before = door.calls.book_state!
    const state = before({} as never) as BookState
    door.calls.book_state = (() => ({ ...state, amended: 1 })) as never
    door.calls.entities = (() => fakeEntities().map((def) => (def.entity === 'project' ? { ...def, label: { zh: '项目总库', en: 'Projects' } } : def))) as never
    agreed_ms = 2
    await readSync()
    await settle()
    expect(entityDef('project').label.zh).toBe('项目总库')
    expect(toasts.map(({ text }) => text)).toContain('省级调整了数据项：再打开页面时生效')
    const read = asked('entities').length
    agreed_ms = 3
    await readSync()
    await settle()
    expect(asked('entities').length, 'an exchange without one reads nothing again').toBe(read)
  })
})

describe('the item of the status bar', () => {
  it('opens the panel; a book that works alone is offered to enrol', async () => {
    const item = await open(SyncItem)
    expect(item.text()).toContain('未登记')
    await item.get('.sync-item').trigger('click')
    await settle()
    expect(document.querySelector('.dialog')!.textContent).toContain('登记本机')
  })

  it('pauses, goes on, and keeps to the hours that it is given', async () => {
    let paused = false
    door.calls.sync_state = (() => ({ ...aloneState(), phase: paused ? 'paused' : 'offline', server: 'https://a', device: 7, device_name: '一号机', mode: 'window', window: { from: 720, to: 840 }, paused, clock_skew_ms: -5_840 * 86_400_000 })) as never
    door.calls.sync_pause = ((request: { paused: boolean }) => ((paused = request.paused), {})) as never
    door.calls.sync_mode = (() => ({})) as never
    const item = await open(SyncItem)
    await item.get('.sync-item').trigger('click')
    await settle()
    const dialog = document.querySelector('.dialog')!
    expect(dialog.textContent).toContain('慢 5840 天')
    const button = (text: string) => [...dialog.querySelectorAll('button')].find((found) => found.textContent!.includes(text))!
    button('暂停').click()
    await settle()
    expect(button('继续')).toBeDefined()
    const from = dialog.querySelector<HTMLInputElement>('.sync-window input')!
    from.value = '11:30'
    from.dispatchEvent(new Event('change'))
    await settle()
    expect(asked('sync_mode')).toEqual([{ mode: 'window', window: { from: 690, to: 840 } }])
  })
})
