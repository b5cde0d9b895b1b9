import { describe, expect, it } from 'vitest'
import { rowLook, surelyFits } from './look'
import { CellModel } from './model'
import { arraySource } from './sources'

describe('a text that needs no clipping', () => {
  it.each([
    ['1,234,567.89', 7.5, true],
    ['1,234,567.89', 7.4, false],
    ['行政运行', 4, true],
    ['行政运行', 3.9, false],
    ['', 0, true],
  ])('%s in %d em: %s', (text, ems, fits) => expect(surelyFits(text, ems)).toBe(fits))

  it('is never one in a script with tall stacks, or with a sign of unknown width', () => {
    expect(surelyFits('རྒྱ', 20)).toBe(false)
    expect(surelyFits('😀', 20)).toBe(false)
  })
})

describe('a cell that is empty for the time being', () => {
  const column = { key: 'code', title: '代码', width: 120, field: { kind: 'text' as const } }
  const row = { id: 'r', values: { code: null }, standIns: { code: { text: '暂', why: '由平台赋码' } } }
  const model = new CellModel(arraySource([row]))
  model.columns = [column]
  const range = { top: 0, bottom: 0, left: 0, right: 0 }
  const cell = () => rowLook(model, 0, range, { row: 0, col: 0 }, [9]).cell(0)

  it('shows the word and says why, and neither is its value, its text, nor what is copied or edited', () => {
    expect(cell()).toMatchObject({ text: '暂', note: '由平台赋码' })
    expect(cell().classes).toContain('sheet-stand-in')
    expect([model.value(0, column), model.text(0, column), model.editText(0, column)]).toEqual([null, '', ''])
  })

  it('says why also where something is wrong', () => {
    model.source = arraySource([{ ...row, findings: { code: { severity: 'error', message: '设立年度必填' } } }])
    expect(cell().note).toBe('由平台赋码；设立年度必填')
    model.source = arraySource([row])
  })

  it('shows what is typed there instead', () => {
    model.overlay.add({ id: 1, gesture: 'type', patches: [{ row: 0, id: 'r', key: 'code', old: null, value: '41' }], appended: 0, skipped: 0, bad: 0, rows: 1, columns: 1 })
    expect(cell()).toMatchObject({ text: '41', note: '' })
    expect(cell().classes).not.toContain('sheet-stand-in')
  })
})
