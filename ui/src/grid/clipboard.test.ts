import { describe, expect, it } from 'vitest'
import { parseTsv, toTsv } from './clipboard'

describe('clipboard text', () => {
  it.each([
    ['one cell', 'a', [['a']]],
    ['two by two with Excel’s trailing line break', 'a\tb\r\nc\td\r\n', [['a', 'b'], ['c', 'd']]],
    ['empty cells', '\ta\t\n\t\t', [['', 'a', ''], ['', '', '']]],
    ['a quoted cell with a line break, a tab and quotes', '"一\n二\t""三"""\tb', [['一\n二\t"三"', 'b']]],
    ['a quote that never closes', '"a\tb', [['"a', 'b']]],
    ['quotes that do not wrap the cell', '"甲" 项目\tb', [['"甲" 项目', 'b']]],
    ['a quote in the middle', '5" 管\tb', [['5" 管', 'b']]],
    ['an empty quoted cell', '""\tb', [['', 'b']]],
    ['an empty row in the middle', 'a\n\nb', [['a'], [''], ['b']]],
  ])('%s', (_, text, rows) => expect(parseTsv(text)).toEqual(rows))

  it('what was copied pastes as itself', () => {
    const rows = [['a\tb', 'c\nd', '"q"'], ['', '1,234.50', '𠮷 བོད་'], ['x"y', '"', '   ']]
    expect(parseTsv(toTsv(rows))).toEqual(rows)
  })
})
