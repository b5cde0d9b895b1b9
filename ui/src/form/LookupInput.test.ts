// A code or a reference typed faster than its list comes.
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDoor } from '../backend'
import { fakeDoor, type FakeDoor } from '../backend/fake'
import type { FieldDef } from '../generated/FieldDef'
import { forgetChoices } from './choices'
import FieldInput from './FieldInput.vue'
import LookupInput from './LookupInput.vue'

let door: FakeDoor
let wrapper: ReturnType<typeof mount> | undefined
let arrive: () => void

const func: FieldDef = { name: 'exp_func', kind: 'code', set: 'func', leaf: true, element: '', label: { zh: '科目', en: 'Function' }, sync: 'code' }
const stage: FieldDef = { name: 'stage', kind: 'code', set: 'bgt_stage', element: '', label: { zh: '阶段', en: 'Stage' }, sync: 'code' }

/** Answers of this call wait until `arrive` is called. */
function hold(name: 'code_search' | 'code_tree'): void {
  const answer = door.calls[name]!
  const wait = new Promise<void>((resolve) => (arrive = resolve))
  door.calls[name] = (request) => wait.then(() => answer(request))
}

beforeEach(async () => {
  door = await fakeDoor()
  openDoor(door)
  forgetChoices()
})
afterEach(() => wrapper?.unmount())

describe('a lookup', () => {
  function open() {
    hold('code_search')
    wrapper = mount(LookupInput, { attachTo: document.body, props: { field: func, value: null, words: '', year: 2026 } })
    const input = wrapper.get<HTMLInputElement>('input')
    const press = async (key: string) => {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      input.element.dispatchEvent(event)
      await flushPromises()
      return event.defaultPrevented
    }
    const chosen = (): unknown[] => (wrapper!.emitted('choose') ?? []).map((args) => (args as unknown[])[0])
    const come = async (): Promise<void> => {
      arrive()
      await flushPromises()
    }
    return { input, press, chosen, come }
  }

  it('chooses by an Enter that was faster than the list', async () => {
    const { input, press, chosen, come } = open()
    await input.setValue('2010302')
    expect(await press('Enter'), 'the form does not go on with it').toBe(true)
    expect(chosen()).toEqual([])
    await come()
    expect(chosen()).toEqual(['2010302'])
  })

  it('takes every step down, however early', async () => {
    const { press, chosen, come } = open()
    await press('ArrowDown')
    await press('ArrowDown')
    await press('ArrowDown')
    await come()
    expect(wrapper!.findAll('[role=option]').map((line) => line.attributes('aria-selected')).indexOf('true')).toBe(2)
    expect(chosen()).toEqual([])
  })

  it('stays on what was gone to in a list that does not answer the last letter yet, and chooses nothing else', async () => {
    const { input, press, chosen, come } = open()
    await input.setValue('20103')
    await come()
    const shown = () => wrapper!.findAll('[role=option]').map((line) => line.text().split(' ')[0]!)
    const second = shown()[1]!
    hold('code_search')
    await input.setValue(second)
    await press('ArrowDown')
    await come()
    const lit = wrapper!.findAll('[role=option]').findIndex((line) => line.attributes('aria-selected') === 'true')
    expect(shown()[lit], 'the line that was gone to, wherever it stands now').toBe(second)
    hold('code_search')
    await input.setValue('2080505')
    await press('ArrowDown')
    await press('Enter')
    await come()
    expect(chosen(), 'what was gone to is not there any more: nothing is chosen in its place').toEqual([])
  })

  it('that was emptied leaves Enter to the form', async () => {
    const { input, press, chosen, come } = open()
    await input.setValue('2010302')
    await come()
    await input.setValue('')
    expect(await press('Enter')).toBe(false)
    expect(chosen()).toEqual([])
  })
})

describe('a field of few codes', () => {
  const open = () => (wrapper = mount(FieldInput, { attachTo: document.body, props: { field: stage, value: null, moneyUnit: 'yuan', year: 2026 } }))

  it('is a list, except where the hands are in it already', async () => {
    hold('code_tree')
    let field = open()
    arrive()
    await flushPromises()
    expect(field.find('select').exists()).toBe(true)
    field.unmount()
    forgetChoices()
    hold('code_tree')
    field = open()
    const input = field.get<HTMLInputElement>('input')
    input.element.focus()
    arrive()
    await flushPromises()
    expect(document.activeElement).toBe(input.element)
  })
})
