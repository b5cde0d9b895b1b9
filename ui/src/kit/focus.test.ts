// Hands that are faster than what they wait for: the focus is not taken from them, and no key of theirs is lost.
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { h, nextTick, ref } from 'vue'
import { FindList, focusLater, ModalDialog } from '.'

let beside: HTMLButtonElement[]
let wrapper: { unmount(): void } | undefined

beforeEach(() => {
  beside = [0, 1].map(() => document.body.appendChild(document.createElement('button')))
})
afterEach(() => {
  wrapper?.unmount()
  wrapper = undefined
  beside.forEach((button) => button.remove())
})

it('the focus is given later only while it has not moved to something else', () => {
  const [one, other] = beside as [HTMLButtonElement, HTMLButtonElement]
  one.focus()
  const reach = focusLater()
  const place = document.body.appendChild(document.createElement('input'))
  beside.push(place as never)
  other.focus()
  expect(reach(place)).toBe(false)
  expect(document.activeElement).toBe(other)
  other.remove()
  expect(reach(place)).toBe(true)
  expect(document.activeElement).toBe(place)
  expect(reach(one), 'what it focused itself has not moved').toBe(true)
})

describe('a dialog', () => {
  const state = ref<'reading' | 'ready' | 'busy' | 'done'>('reading')
  const button = (id: string, more: object = {}) => h('button', { id, key: id, type: 'button', ...more })
  const open = () => {
    state.value = 'reading'
    // As browsers do, and the page of the tests does not.
    vi.spyOn(HTMLDialogElement.prototype, 'showModal').mockImplementation(function (this: HTMLDialogElement) {
      this.querySelector<HTMLElement>('.dialog-close')!.focus()
    })
    wrapper = mount(ModalDialog, {
      attachTo: document.body, props: { title: '恢复' },
      slots: {
        default: () => h('span', state.value),
        actions: () => (state.value === 'done' ? [button('on', { autofocus: '' })] : [button('no'), button('go', { autofocus: '', disabled: state.value !== 'ready' })]),
      },
    })
  }
  const focused = (): string | undefined => document.activeElement?.id
  const become = async (now: typeof state.value): Promise<void> => {
    state.value = now
    await nextTick()
  }

  it('gives the focus to what it begins with once that is there, but not out of the hands', async () => {
    open()
    await become('ready')
    expect(focused()).toBe('go')
    wrapper!.unmount()
    open()
    document.querySelector<HTMLElement>('#no')!.focus()
    await become('ready')
    expect(focused()).toBe('no')
  })

  it('takes the hands on when what they held has gone or was greyed', async () => {
    open()
    await become('ready')
    document.querySelector<HTMLElement>('#no')!.focus()
    document.querySelector<HTMLElement>('#go')!.focus()
    await become('busy')
    // A browser takes the focus from what is disabled; the page of the tests does not.
    ;(document.activeElement as HTMLElement).blur()
    await become('ready')
    expect(focused()).toBe('go')
    await become('done')
    expect(focused()).toBe('on')
  })
})

describe('Enter before the list answers what is typed', () => {
  const lines = ref([{ id: 'old' }])
  const pending = ref(true)
  let chosen: string[]
  const open = () => {
    lines.value = [{ id: 'old' }]
    pending.value = true
    chosen = []
    const list = mount({ render: () => h(FindList, { modelValue: '新', lines: lines.value, pending: pending.value, label: '查找', placeholder: '', onChoose: ({ id }: { id: string }) => chosen.push(id) }) }, { attachTo: document.body })
    wrapper = list
    return (key: string) => list.get('input').trigger('keydown', { key })
  }
  const answer = async (): Promise<void> => {
    lines.value = [{ id: 'new' }]
    pending.value = false
    await nextTick()
  }

  it('chooses what the answer brings, not what stood there before', async () => {
    const press = open()
    await press('Enter')
    expect(chosen).toEqual([])
    await answer()
    expect(chosen).toEqual(['new'])
  })

  it('is taken back by the next key', async () => {
    const press = open()
    await press('Enter')
    await press('x')
    await answer()
    expect(chosen).toEqual([])
  })

  it('stays on the line that was gone to, and chooses nothing in its place when that is gone', async () => {
    const press = open()
    lines.value = [{ id: 'first' }, { id: 'meant' }]
    await nextTick()
    await press('ArrowDown')
    await press('Enter')
    lines.value = [{ id: 'meant' }, { id: 'another' }]
    pending.value = false
    await nextTick()
    expect(chosen).toEqual(['meant'])

    const again = open()
    lines.value = [{ id: 'first' }, { id: 'meant' }]
    await nextTick()
    await again('ArrowDown')
    await again('Enter')
    await answer()
    expect(chosen).toEqual([])
  })
})
