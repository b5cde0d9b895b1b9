// Pasted amounts of quite another size: when a person is asked, what they are shown, and what each answer writes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pasteBlock } from './edits'
import { CellModel } from './model'
import { clipboard, openSheet } from './openSheet'
import { arraySource } from './sources'
import type { Column } from './types'
import { unitDoubt } from './unitDoubt'

const columns: Column[] = [
  { key: 'asked', title: '申报数', width: 100, field: { kind: 'money' } },
  { key: 'given', title: '批复数', width: 100, field: { kind: 'money' }, control: 'asked' },
]
let model: CellModel
beforeEach(() => {
  model = new CellModel(arraySource([125_000, 80_000, 4_000_000, 60_000].map((yuan, index) => ({ id: `r${index}`, values: { asked: yuan * 100, given: 0 } }))))
  model.columns = columns
  model.allColumns = columns
})

const doubt = (texts: string[][], col: number, unit: 'yuan' | 'wan' = 'yuan') => {
  model.context = { moneyUnit: unit }
  return unitDoubt(model, pasteBlock(model, texts, { top: 0, bottom: 0, left: col, right: col }, false))
}

describe('a doubt about the unit', () => {
  it('arises when figures in 万元 are pasted where 元 stood, and the other way round', () => {
    expect(doubt([['12.5'], ['8.8'], ['390']], 0)).toMatchObject({ shown: 'yuan', fitting: 'wan', columns: [{ key: 'asked' }] })
    expect(doubt([['125000'], ['88000'], ['3900000']], 0, 'wan')).toMatchObject({ shown: 'wan', fitting: 'yuan' })
  })

  it('an empty cell is compared with the amount that measures it, also when that column is hidden', () => {
    model.columns = [columns[1]!]
    expect(doubt([['12.5'], ['8'], ['400']], 0)).toMatchObject({ columns: [{ key: 'given' }], before: '80,000.00', pasted: '8' })
  })

  it('does not arise from ordinary growth, from too few figures, or from one odd cell', () => {
    expect(doubt([['250000'], ['160000'], ['9000000']], 0)).toBeNull()
    expect(doubt([['12.5'], ['8']], 0)).toBeNull()
    expect(doubt([['125000'], ['8'], ['4000000']], 0)).toBeNull()
    expect(doubt([['甲'], [''], ['—']], 0)).toBeNull()
  })
})

describe('the question', () => {
  let wrapper: ReturnType<typeof openSheet> | undefined
  afterEach(() => wrapper?.unmount())

  async function paste(text: string) {
    const source = arraySource([125_000, 80_000, 4_000_000].map((yuan, index) => ({ id: `r${index}`, values: { asked: yuan * 100, given: 0 } })))
    const grid = (wrapper = openSheet({ columns, source }))
    grid.vm.go(0, 'asked')
    await grid.input.trigger('paste', { clipboardData: clipboard(text) })
    await grid.tick()
    const button = (name: string) => grid.findAll('dialog button').find((found) => found.text().includes(name))!
    return { ...grid, grid, button, values: () => grid.changes.map((change) => change.patches.map((patch) => patch.value)) }
  }

  it('comes before anything is written, and Enter keeps what was pasted', async () => {
    const { grid, button, values } = await paste('12.5\r\n8\r\n400')
    expect(grid.get('dialog').text()).toContain('粘贴的是元还是万元？')
    expect(values()).toEqual([])
    expect(document.activeElement).toBe(button('照粘贴的').element)
    await button('照粘贴的').trigger('click')
    await grid.tick()
    expect(values()).toEqual([[1_250, 800, 40_000]])
    expect(document.activeElement).toBe(grid.input.element)
  })

  it('the other unit is one change too, and Esc pastes nothing', async () => {
    const first = await paste('13\r\n8.8\r\n390')
    await first.button('照粘贴的').trigger('keydown', { key: 'ArrowLeft' })
    expect(document.activeElement?.textContent).toContain('按万元')
    await first.button('按万元').trigger('click')
    await first.grid.tick()
    expect(first.values()).toEqual([[13_000_000, 8_800_000, 390_000_000]])
    wrapper?.unmount()
    const second = await paste('12.5\r\n8.8\r\n390')
    await second.grid.get('dialog').trigger('cancel')
    await second.grid.tick()
    expect([second.values(), second.grid.find('dialog').exists()]).toEqual([[], false])
  })

  it('is not asked about figures of the usual size', async () => {
    const { grid, values } = await paste('125000\r\n88000\r\n3900000')
    expect(grid.find('dialog').exists()).toBe(false)
    expect(values()).toEqual([[8_800_000, 390_000_000]])
  })
})
