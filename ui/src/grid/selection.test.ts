import { describe, expect, it } from 'vitest'
import { everything, goTo, inRange, nextEditable, rangeOf, wholeColumn, wholeRows, type Cell } from './selection'

const bounds = { rows: 5, cols: 4 }
const at = (row: number, col: number) => ({ anchor: { row, col }, head: { row, col } })

describe('selection', () => {
  it('moving keeps inside the sheet', () => {
    expect(goTo(at(0, 0), { row: -1, col: 9 }, false, bounds).anchor).toEqual({ row: 0, col: 3 })
  })

  it('extending keeps the active cell and normalises the range', () => {
    const extended = goTo(at(3, 2), { row: 1, col: 0 }, true, bounds)
    expect(extended.anchor).toEqual({ row: 3, col: 2 })
    expect(rangeOf(extended)).toEqual({ top: 1, left: 0, bottom: 3, right: 2 })
    expect(inRange(rangeOf(extended), 2, 1)).toBe(true)
    expect(inRange(rangeOf(extended), 2, 3)).toBe(false)
  })

  it('a row number selects whole rows, a header a whole column, the corner everything', () => {
    expect(rangeOf(wholeRows(at(1, 2), 3, true, bounds))).toEqual({ top: 1, left: 0, bottom: 3, right: 3 })
    expect(rangeOf(wholeColumn(at(1, 2), 1, false, bounds))).toEqual({ top: 0, left: 1, bottom: 4, right: 1 })
    expect(rangeOf(everything(bounds))).toEqual({ top: 0, left: 0, bottom: 4, right: 3 })
  })

  it('an empty sheet still has a place to stand', () => {
    expect(goTo(at(0, 0), { row: 3, col: 3 }, false, { rows: 0, cols: 4 }).anchor.row).toBe(0)
  })

  it('tab skips cells that may not be typed into and crosses line ends', () => {
    const editable = ({ col }: Cell) => col === 1
    expect(nextEditable({ row: 0, col: 1 }, 1, bounds, editable)).toEqual({ row: 1, col: 1 })
    expect(nextEditable({ row: 1, col: 1 }, -1, bounds, editable)).toEqual({ row: 0, col: 1 })
    expect(nextEditable({ row: 4, col: 1 }, 1, bounds, editable)).toBeNull()
    expect(nextEditable({ row: 0, col: 0 }, 1, { rows: 1_000_000, cols: 4 }, () => false)).toBeNull()
  })
})
