// A line past the end is the same line however the list changes under it.
import { expect, it } from 'vitest'
import { Lines } from './lines'

it('a line past the end moves with the end, a line of the list does not', () => {
  const lines = new Lines()
  const then = lines.mark()
  lines.moved(5, 7)
  expect([4, 5, 6].map((row) => lines.now({ id: null, row }, then).row)).toEqual([4, 7, 8])
  expect(lines.now({ id: null, row: 7 }, lines.mark())).toEqual({ id: null, row: 7 })
})

it('what was meant for a line goes to the record that was made of it, and what is meant for that number later does not', () => {
  const lines = new Lines()
  const before = lines.mark()
  lines.moved(5, 6)
  const between = lines.mark()
  lines.made(6, 'new')
  lines.moved(6, 7)
  expect(lines.now({ id: null, row: 5 }, before).id).toBe('new')
  expect(lines.now({ id: null, row: 6 }, between).id).toBe('new')
  expect(lines.now({ id: null, row: 6 }, before)).toEqual({ id: null, row: 8 })
  expect(lines.now({ id: null, row: 6 }, lines.mark())).toEqual({ id: null, row: 6 })
})

it('a record is known by its id', () => {
  const lines = new Lines()
  lines.moved(0, 9)
  lines.made(3, 'other')
  expect(lines.now({ id: 'one', row: 3 }, 0)).toEqual({ id: 'one', row: 3 })
})
