// A mounted sheet for tests: four rows, one column of each kind, and the hands of a person.
import { mount } from '@vue/test-utils'
import { nextTick } from 'vue'
import { vi } from 'vitest'
import SheetGrid from './SheetGrid.vue'
import { arraySource } from './sources'
import type { Change, Column, GridRow, Option } from './types'

export const columns: Column[] = [
  { key: 'unit', title: '单位', width: 120, field: { kind: 'text' }, frozen: true, tree: true, locked: true },
  { key: 'name', title: '名称', width: 120, field: { kind: 'text' } },
  { key: 'func', title: '科目', width: 120, field: { kind: 'code' } },
  { key: 'money', title: '金额', width: 120, field: { kind: 'money' } },
  { key: 'yes', title: '民生', width: 60, field: { kind: 'bool' } },
  { key: 'note', title: '备注', width: 60, field: { kind: 'multiline' } },
]
const OPTIONS: Option[] = [
  { value: '2010301', code: '2010301', name: '行政运行', hint: 'xzyx' },
  { value: '2140106', code: '2140106', name: '公路养护', hint: 'glyh' },
]
export const search = (text: string) => OPTIONS.filter((o) => o.code.startsWith(text) || o.name.includes(text) || o.hint!.startsWith(text))
export const makeRow = (index: number): GridRow => ({
  id: `r${index}`, values: { unit: '财政所', name: `项目${index}`, func: null, money: index * 100, yes: false, note: null },
  depth: 0, kids: index === 0, open: true,
  findings: index === 2 ? { money: { severity: 'error', message: '超出控制数' } } : undefined,
})

/** What a paste event brings. */
export const clipboard = (text = '') => {
  const data = { text }
  return { getData: () => data.text, setData: (_type: string, value: string) => (data.text = value), data }
}

export function openSheet(props: Record<string, unknown> = {}, rows = 4) {
  const source = arraySource(Array.from({ length: rows }, (_, index) => makeRow(index)))
  const changes: Change[] = []
  const save = vi.fn(async (change: Change) => {
    changes.push(change)
    for (const patch of change.patches) {
      const before = source.row(patch.row) ?? { ...makeRow(patch.row), values: {} }
      const after = { ...before, values: { ...before.values, [patch.key]: patch.value } }
      if (patch.row < source.count) source.update(patch.row, after)
      else source.replace([...Array.from({ length: source.count }, (_, index) => source.row(index)!), after])
    }
  })
  const mounted = mount(SheetGrid, {
    attachTo: document.body,
    props: { columns, source, label: '预算编制', save, suggest: async (_c: Column, text: string) => search(text), ...props },
  })
  const input = mounted.get<HTMLInputElement>('.sheet-input')
  const vm = mounted.vm
  const key = async (name: string, more: object = {}) => {
    await input.trigger('keydown', { key: name, ...more })
  }
  /** What a person does: the browser has put the text into the input and then tells. */
  const type = async (text: string) => {
    input.element.value += text
    await input.trigger('input')
    await tick()
  }
  const tick = async () => {
    for (let turn = 0; turn < 6; turn++) await nextTick()
  }
  return Object.assign(mounted, { source, changes, save, input, key, type, tick, at: () => `${vm.selection().row}:${vm.selection().key}`, mode: () => vm.mode() })
}
