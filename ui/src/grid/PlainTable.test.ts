import { mount } from '@vue/test-utils'
import { nextTick } from 'vue'
import { expect, it } from 'vitest'
import PlainTable from './PlainTable.vue'
import { arraySource } from './sources'
import type { Column } from './types'

it('shows the same words as the sheet in an ordinary table, 200 rows at a time', async () => {
  const columns: Column[] = [
    { key: 'name', title: '名称', width: 100, field: { kind: 'text' } }, { key: 'sum', title: '金额', width: 100, field: { kind: 'money' } },
  ]
  const source = arraySource(Array.from({ length: 250 }, (_, n) => ({ id: `r${n}`, values: { name: `项目${n}`, sum: n * 1_000_000 } })))
  const table = mount(PlainTable, { props: { columns, source, label: '项目', moneyUnit: 'wan' } })
  expect(table.findAll('tbody tr')).toHaveLength(200)
  expect(table.findAll('tbody tr')[3]!.text()).toContain('3.00')
  expect(table.get('caption').text()).toBe('项目 · 第 1–200 行，共 250 行')
  await table.get('button').trigger('click')
  await nextTick()
  expect(table.findAll('tbody tr')).toHaveLength(250)
  expect(table.find('button').exists()).toBe(false)
})
