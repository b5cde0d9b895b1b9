// What was refused: it stays on the screen with both figures until a person writes it again or gives it up.
import { afterEach, expect, it, vi } from 'vitest'
import { clipboard, makeRow, openSheet as open } from './openSheet'
import type { Change } from './types'

let wrapper: ReturnType<typeof open> | undefined
afterEach(() => wrapper?.unmount())

it('what the backend refuses stays on the screen with the reason', async () => {
  const grid = (wrapper = open({ save: () => Promise.reject(new Error('账本被另一个程序占用')) }))
  grid.vm.go(1, 'money')
  await grid.tick()
  await grid.type('9')
  await grid.key('Enter')
  await grid.vm.settled()
  await grid.tick()
  const cell = grid.findAll('.sheet-error').find((found) => found.text() === '9.00')!
  expect(cell.attributes('title')).toBe('没有保存：账本被另一个程序占用；您填的是“9.00”，表里现在是“1.00”：F2 再按回车以您的为准，Esc 用现在的')
})

it('what was refused stays with both figures while the row changes under it, until Esc gives it up', async () => {
  const grid = (wrapper = open({ save: () => Promise.reject(new Error('刚才已被别处改动')) }))
  grid.vm.go(1, 'money')
  await grid.tick()
  await grid.type('9')
  await grid.key('Enter')
  await grid.vm.settled()
  for (const money of [500, 700]) grid.source.update(1, { ...makeRow(1), values: { ...makeRow(1).values, money } })
  await grid.key('ArrowUp')
  const { text, finding } = grid.vm.selection()
  expect(text).toBe('9.00')
  expect(finding!.message).toContain('您填的是“9.00”，表里现在是“7.00”')
  await grid.key('Escape')
  expect(grid.vm.selection()).toMatchObject({ text: '7.00', finding: null })
  expect(grid.emitted('notice')!.at(-1)).toEqual(['已放弃没有保存的“9.00”'])
})

it('Esc on a cell that has nothing to give up goes on to whoever wants it', async () => {
  const grid = (wrapper = open())
  const seen = vi.fn()
  document.body.addEventListener('keydown', seen)
  await grid.key('Escape')
  document.body.removeEventListener('keydown', seen)
  expect(seen).toHaveBeenCalledTimes(1)
})

it('a new row that was refused is written as a whole when one of its cells is committed again', async () => {
  const save = vi.fn((_change: Change) => Promise.reject(new Error('磁盘已满')))
  const grid = (wrapper = open({ canAppend: true, save }))
  grid.vm.go(4, 'name')
  await grid.input.trigger('paste', { clipboardData: clipboard('新项目\t2010301\t9') })
  await grid.tick()
  await grid.vm.settled()
  grid.vm.go(4, 'name')
  await grid.tick()
  await grid.key('F2')
  await grid.key('Enter')
  await grid.vm.settled()
  expect(save.mock.calls.at(-1)![0].patches.map(({ row, id, value }) => [row, id, value])).toEqual([[4, null, '新项目'], [4, null, '2010301'], [4, null, 900]])
})
