import { mount } from '@vue/test-utils'
import { nextTick } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { followPreferences, locale, PopupMenu, ProgressBar, rowHeight, setPreferences, SplitPane, StatusPill, toast, ToastArea, toasts } from '.'

describe('toasts', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    toasts.splice(0)
    vi.useRealTimers()
  })

  it('go by themselves, except errors', () => {
    toast('已粘贴')
    toast('账本打不开', 'error')
    vi.advanceTimersByTime(60_000)
    expect(toasts.map((item) => item.text)).toEqual(['账本打不开'])
  })

  it('the same sentence does not pile up, and a burst is cut', () => {
    for (let n = 0; n < 9; n++) toast('同一句')
    expect(toasts).toHaveLength(1)
    for (let n = 0; n < 9; n++) toast(`第 ${n} 句`)
    expect(toasts).toHaveLength(4)
  })

  it('an error interrupts, and can be closed', async () => {
    const area = mount(ToastArea)
    toast('磁盘已满', 'error')
    await nextTick()
    expect(area.get('[role=alert]').text()).toContain('磁盘已满')
    await area.get('button').trigger('click')
    expect(toasts).toHaveLength(0)
    area.unmount()
  })
})

describe('small pieces', () => {
  it('a state is told by shape and words', () => {
    expect(mount(StatusPill, { props: { state: 'warning', text: '有 2 处冲突' } }).text()).toBe('▲ 有 2 处冲突')
  })

  it('progress says count, time left and how to stop', async () => {
    const bar = mount(ProgressBar, { props: { label: '正在导入', done: 820, total: 1184, secondsLeft: 3, stoppable: true } })
    expect(bar.text()).toContain('820/1,184')
    expect(bar.text()).toContain('约 3 秒')
    expect(bar.get('[role=progressbar]').attributes('aria-valuenow')).toBe('820')
    await bar.get('button').trigger('click')
    expect(bar.emitted('stop')).toHaveLength(1)
    await bar.setProps({ total: null })
    expect(bar.get('[role=progressbar]').attributes('aria-valuenow')).toBeUndefined()
  })

  it('a menu is worked by keys and gives the focus back', async () => {
    const items = [{ key: 'a', text: '甲' }, { key: 'b', text: '乙', disabled: true }, { key: 'c', text: '丙', keys: 'Ctrl+P' }]
    const menu = mount(PopupMenu, { props: { items, label: '更多' }, attachTo: document.body })
    await menu.get('button').trigger('click')
    await nextTick()
    expect(document.activeElement?.textContent).toContain('甲')
    await menu.get('[role=menu]').trigger('keydown', { key: 'ArrowDown' })
    expect(document.activeElement?.textContent).toContain('丙')
    await menu.get('[role=menu]').trigger('keydown', { key: 'Escape' })
    expect(menu.find('[role=menu]').exists()).toBe(false)
    expect(document.activeElement).toBe(menu.get('button').element)
    menu.unmount()
  })

  it('a splitter moves with the arrow keys and keeps its bounds', async () => {
    const split = mount(SplitPane, { props: { initial: 170, least: 160 } })
    await split.get('[role=separator]').trigger('keydown', { key: 'ArrowLeft' })
    expect(split.get('[role=separator]').attributes('aria-valuenow')).toBe('160')
  })
})

it('preferences reach the page at once: theme, type, language, and room for Tibetan', () => {
  const root = document.createElement('html')
  followPreferences(root)
  setPreferences({ theme: 'dark', typeSize: 'large', locale: 'bo' })
  expect([root.dataset.theme, root.lang, locale.value]).toEqual(['dark', 'bo', 'bo'])
  expect(root.style.getPropertyValue('--type')).toBe('16px')
  setPreferences({ typeSize: 'small' })
  expect(rowHeight.value).toBe(36)
  setPreferences({ theme: 'light', typeSize: 'medium', locale: 'zh' })
  expect([root.dataset.theme, rowHeight.value]).toEqual(['light', 28])
})
