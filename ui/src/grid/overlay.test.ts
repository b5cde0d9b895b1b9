import { describe, expect, it } from 'vitest'
import { Overlay } from './overlay'
import type { Change, Patch } from './types'

const patch = (more: Partial<Patch> = {}): Patch => ({ row: 0, id: 'r0', key: 'a', old: 1, value: 2, ...more })
const change = (id: number, ...patches: Patch[]): Change =>
  ({ id, gesture: 'type', patches, appended: 0, skipped: 0, bad: 0, rows: 1, columns: 1 })

describe('drafts over the source', () => {
  it('a good draft stays until its own change is settled, also when rows arrive in between', () => {
    const overlay = new Overlay()
    overlay.add(change(1, patch({ value: 2 })))
    overlay.add(change(2, patch({ value: 3 })))
    overlay.refresh({ id: 'r0', values: { a: 2 } })
    overlay.settle(1)
    expect(overlay.get('r0', 0, 'a')?.value).toBe(3)
    overlay.settle(2)
    expect(overlay.empty).toBe(true)
  })

  it('a bad draft outlives its change and another value of the source, until it is corrected', () => {
    const overlay = new Overlay()
    overlay.add(change(1, patch({ value: 'x', problem: '不是数字' })))
    overlay.settle(1)
    overlay.refresh({ id: 'r0', values: { a: 1 } })
    expect(overlay.get('r0', 0, 'a')?.value).toBe('x')
    overlay.refresh({ id: 'r0', values: { a: 5 } })
    expect(overlay.get('r0', 0, 'a')?.value).toBe('x')
    overlay.add(change(2, patch({ old: 5, value: 6 })))
    overlay.settle(2)
    expect(overlay.empty).toBe(true)
  })

  it('a refused draft stays whatever the source says meanwhile, and goes when it says the same', () => {
    const overlay = new Overlay()
    overlay.add(change(1, patch()))
    overlay.refuse(1, '没有保存：刚才已被别处改动')
    overlay.refresh({ id: 'r0', values: { a: 5 } })
    expect(overlay.get('r0', 0, 'a')).toMatchObject({ value: 2, refused: true })
    overlay.refresh({ id: 'r0', values: { a: 2 } })
    expect(overlay.empty).toBe(true)
  })

  it('a new row that was refused stays past the end when somebody else’s row takes its place', () => {
    const overlay = new Overlay()
    overlay.add(change(1, patch({ id: null, row: 4, old: null, value: '我的' })))
    overlay.refuse(1, '没有保存：磁盘已满')
    overlay.grown(5, (row) => `other${row}`)
    expect([overlay.get('other4', 4, 'a'), overlay.get(null, 5, 'a')?.value]).toEqual([undefined, '我的'])
  })

  it('a bad text that the backend keeps stays marked, and goes when an undo brings the old value back', () => {
    const overlay = new Overlay()
    overlay.add(change(1, patch({ value: 'x', problem: '不是数字' })))
    overlay.refresh({ id: 'r0', values: { a: 'x' } })
    expect(overlay.get('r0', 0, 'a')?.problem).toBe('不是数字')
    overlay.refresh({ id: 'r0', values: { a: 1 } })
    expect(overlay.empty).toBe(true)
  })

  it('a refused change stays on the screen with the reason', () => {
    const overlay = new Overlay()
    overlay.add(change(1, patch()))
    overlay.refuse(1, '没有保存：账本被占用')
    overlay.settle(1)
    expect(overlay.get('r0', 0, 'a')).toMatchObject({ value: 2, problem: '没有保存：账本被占用' })
  })

  it('drafts past the end count as rows, and follow the row’s id once it exists', () => {
    const overlay = new Overlay()
    overlay.add(change(1, patch({ id: null, row: 5, old: null, value: 'x', problem: '不是数字' })))
    expect(overlay.rowsBeyond(4)).toBe(2)
    overlay.grown(6, (row) => `new${row}`)
    expect(overlay.rowsBeyond(6)).toBe(0)
    expect(overlay.get('new5', 5, 'a')?.value).toBe('x')
  })
})
