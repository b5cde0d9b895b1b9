import { describe, expect, it } from 'vitest'
import { cellRect, columnAt, firstRow, fittingWidth, GUTTER, layoutColumns, poolSize, revealCell, rowAt } from './geometry'

const layout = layoutColumns([100, 200, 120, 80], 1)
const view = { scrollTop: 0, scrollLeft: 0, width: 400, height: 280 }

describe('geometry', () => {
  it('columns follow the row numbers and the frozen pane ends after the frozen ones', () => {
    expect(layout.lefts).toEqual([GUTTER, GUTTER + 100, GUTTER + 300, GUTTER + 420])
    expect(layout.frozenWidth).toBe(GUTTER + 100)
    expect(layout.width).toBe(GUTTER + 500)
    expect(layoutColumns([10, 20], 2).frozenWidth).toBe(GUTTER + 30)
  })

  it('a point finds its column under any sideways scroll, the frozen pane staying put', () => {
    expect(columnAt(layout, 10, 0)).toBe(-1)
    expect(columnAt(layout, GUTTER + 5, 300)).toBe(0)
    expect(columnAt(layout, GUTTER + 105, 0)).toBe(1)
    expect(columnAt(layout, GUTTER + 105, 200)).toBe(2)
    expect(columnAt(layout, 5_000, 0)).toBe(3)
    expect(rowAt(30, 280, 28)).toBe(11)
  })

  it('the painted rows cover the view and never run past the ends', () => {
    expect(poolSize(280, 28)).toBe(18)
    expect(firstRow(0, 28, 18, 100)).toBe(0)
    expect(firstRow(2_800, 28, 18, 1_000)).toBe(96)
    expect(firstRow(28_000, 28, 18, 1_000)).toBe(982)
    expect(firstRow(0, 28, 18, 3)).toBe(0)
  })

  it('a cell under the frozen pane or outside the view is not visible', () => {
    expect(cellRect(layout, view, 28, { row: 2, col: 1 })).toEqual({ left: GUTTER + 100, top: 56, width: 200, height: 28, visible: true })
    expect(cellRect(layout, { ...view, scrollLeft: 50 }, 28, { row: 2, col: 1 }).visible).toBe(false)
    expect(cellRect(layout, { ...view, scrollLeft: 50 }, 28, { row: 2, col: 0 }).visible).toBe(true)
    expect(cellRect(layout, view, 28, { row: 12, col: 1 }).visible).toBe(false)
  })

  it('revealing scrolls as little as possible and a frozen column never sideways', () => {
    expect(revealCell(layout, view, 28, { row: 3, col: 1 })).toEqual({ top: 0, left: 0 })
    expect(revealCell(layout, view, 28, { row: 10, col: 1 }).top).toBe(42)
    expect(revealCell(layout, { ...view, scrollTop: 500 }, 28, { row: 3, col: 0 }).top).toBe(84)
    expect(revealCell(layout, view, 28, { row: 0, col: 3 }).left).toBe(GUTTER + 500 - 400 + 14)
    expect(revealCell(layout, { ...view, scrollLeft: 90 }, 28, { row: 0, col: 0 }).left).toBe(90)
  })

  it('a fitting width counts Han characters as twice as wide as digits', () => {
    expect(fittingWidth(['中国中国中国'], 13)).toBeGreaterThan(fittingWidth(['123456'], 13))
    expect(fittingWidth([''], 13)).toBe(40)
  })
})
