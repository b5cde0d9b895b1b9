import { describe, expect, it } from 'vitest'
import { surelyFits } from './look'

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
