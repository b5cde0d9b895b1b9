// A form made from a document: what it shows, what it sends, how the keys go through it.
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDoor } from '../backend'
import { fakeDoor, type FakeDoor } from '../backend/fake'
import type { Window } from '../generated/Window'
import { forgetChoices } from './choices'
import { entityDef, loadDocuments } from './documents'
import RecordForm from './RecordForm.vue'

let door: FakeDoor
let wrapper: ReturnType<typeof mount<typeof RecordForm>> | undefined

beforeEach(async () => {
  door = await fakeDoor()
  openDoor(door)
  forgetChoices()
  await loadDocuments()
})
afterEach(() => wrapper?.unmount())

async function open(entity: string) {
  const id = door.book.of(entity)[0]!.id
  const { rows } = (await door.call('record', { entity, id })) as Window
  wrapper = mount(RecordForm, { attachTo: document.body, props: { def: entityDef(entity), row: rows[0]!, words: { agency: '219 圪垱店镇' }, moneyUnit: 'wan', year: 2026 } })
  await flushPromises()
  const control = (name: string) => wrapper!.get<HTMLInputElement>(`[data-name=${name}] :is(input, select, textarea)`)
  return { control, sent: () => (wrapper!.emitted('change') ?? []).map(([field, from, to]) => [(field as { name: string }).name, from, to]) }
}

describe('a form', () => {
  it('has a section for each heading of the document and locks what is computed', async () => {
    const { control } = await open('budget_line')
    expect(wrapper!.findAll('legend').map((legend) => legend.text())).toEqual(['要素', '金额', '状态', '标识'])
    expect(control('cur_amt').element.readOnly).toBe(true)
    expect(control('agency').element.value).toBe('219 圪垱店镇')
  })

  it('sends a typed amount in 分, in the unit on the screen, once', async () => {
    const { control, sent } = await open('budget_line')
    await control('apply_up').setValue('1.5')
    await control('apply_up').trigger('blur')
    expect(sent()).toEqual([['apply_up', 1_000_050, 1_500_000]])
  })

  it('keeps text that is no value, says why, and sends nothing', async () => {
    const { control, sent } = await open('budget_line')
    await control('apply_up').setValue('很多')
    await control('apply_up').trigger('blur')
    expect(sent()).toEqual([])
    expect(wrapper!.get('[data-name=apply_up]').text()).toContain('请填金额')
    expect(control('apply_up').element.value).toBe('很多')
  })

  it('goes to the next field by Enter and takes back by Esc', async () => {
    const { control, sent } = await open('budget_line')
    control('apply_up').element.focus()
    await control('apply_up').setValue('2')
    await control('apply_up').trigger('keydown', { key: 'Enter' })
    expect(document.activeElement).toBe(control('fin_audit_money').element)
    await control('fin_audit_money').setValue('9')
    await control('fin_audit_money').trigger('keydown', { key: 'Escape' })
    expect(control('fin_audit_money').element.value).toBe('0')
    expect(wrapper!.emitted('leave')).toBeUndefined()
    await control('fin_audit_money').trigger('keydown', { key: 'Escape' })
    expect(wrapper!.emitted('leave')).toHaveLength(1)
    expect(sent()).toEqual([['apply_up', 1_000_050, 2_000_000]])
  })

  it('shows what is wrong beside its field', async () => {
    door.book.of('agency')[0]!.values.agency_name = null
    await open('agency')
    expect(wrapper!.get('[data-name=agency_name]').text()).toContain('单位名称必填')
  })

  it('offers a small set of codes as a list and a large one as a search', async () => {
    const { control, sent } = await open('budget_line')
    expect(control('stage').element.tagName).toBe('SELECT')
    const search = control('exp_func')
    await search.setValue('2010302')
    await search.trigger('input')
    await flushPromises()
    await search.trigger('keydown', { key: 'Enter' })
    expect(sent()).toEqual([['exp_func', '2010301', '2010302']])
  })
})

it('a code that comes with the next exchange is no value of its field, but said there', async () => {
  const id = door.book.of('project')[0]!.id
  const { rows } = (await door.call('record', { entity: 'project', id })) as Window
  const def = entityDef('project')
  const at = def.fields.findIndex((field) => field.name === 'pro_code')
  const row = { ...rows[0]!, values: rows[0]!.values.map((value, index) => (index === at ? null : value)), awaited: ['pro_code'] }
  wrapper = mount(RecordForm, { attachTo: document.body, props: { def, row, words: {}, moneyUnit: 'yuan', year: 2026 } })
  await flushPromises()
  const input = wrapper.get<HTMLInputElement>('[data-name=pro_code] input')
  expect([input.element.value, input.attributes('placeholder')]).toEqual(['', '暂'])
  expect(wrapper.get('[data-name=pro_code]').text()).toContain('下次与平台交换数据')
  await input.trigger('blur')
  expect(wrapper.emitted('change')).toBeUndefined()
})
