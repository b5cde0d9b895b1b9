import { describe, expect, it } from 'vitest'
import { fields, splitCode, type FieldKind, type FieldSpec, type Value } from '.'

const context = { moneyUnit: 'yuan' as const }
const parse = (text: string, spec: FieldSpec) => {
  const parsed = fields[spec.kind].parse(text, spec, context)
  return 'value' in parsed ? parsed.value : parsed.problem
}

describe('typed text becomes a value or a problem', () => {
  const cases: [FieldSpec, string, Value][] = [
    [{ kind: 'text', max: 3 }, '  项目 ', '项目'], [{ kind: 'text', max: 3 }, '四个汉字', 'field.text.long'],
    [{ kind: 'text', max: 2 }, '𠮷𠮷', '𠮷𠮷'], [{ kind: 'text' }, '0301', '0301'],
    [{ kind: 'multiline' }, '一↵二', '一\n二'], [{ kind: 'multiline' }, '一\r\n二', '一\n二'],
    [{ kind: 'decimal', scale: 2 }, '1,234.50', '1234.5'], [{ kind: 'decimal', scale: 2 }, '0.125', 'field.decimal.scale'],
    [{ kind: 'decimal', scale: 2 }, '-0.00', '0'], [{ kind: 'decimal' }, '12345678901234567890.1', '12345678901234567890.1'],
    [{ kind: 'integer' }, '１２', 12], [{ kind: 'integer' }, '1.5', 'field.integer.bad'], [{ kind: 'integer' }, '99999999999999999', 'field.integer.big'],
    [{ kind: 'year' }, '2026年', 2026], [{ kind: 'year' }, '26', 'field.year.bad'],
    [{ kind: 'date' }, '2026/3/5', '2026-03-05'], [{ kind: 'date' }, '2026年3月5日', '2026-03-05'], [{ kind: 'date' }, '20240229', '2024-02-29'],
    [{ kind: 'date' }, '2026-02-29', 'field.date.none'], [{ kind: 'date' }, '2026.3', 'field.date.bad'],
    [{ kind: 'bool' }, '是', true], [{ kind: 'bool' }, '2', false], [{ kind: 'bool' }, '也许', 'field.bool.bad'],
    [{ kind: 'code' }, ' 0301 ', '0301'], [{ kind: 'reference' }, '财政所', '财政所'],
  ]
  it.each(cases)('%o reads "%s"', (spec, text, expected) => expect(parse(text, spec)).toBe(expected))

  it('empty text is null in every kind', () => {
    for (const kind of Object.keys(fields) as FieldKind[]) expect(parse('', { kind })).toBeNull()
  })
})

describe('what the editor opens with', () => {
  const samples: [FieldSpec, Value][] = [
    [{ kind: 'text' }, '农村公路'], [{ kind: 'multiline' }, '一\n二'], [{ kind: 'money' }, 123_456], [{ kind: 'decimal', scale: 3 }, '-1234.567'],
    [{ kind: 'integer' }, -1_234], [{ kind: 'year' }, 2026], [{ kind: 'date' }, '2026-03-05'], [{ kind: 'bool' }, false], [{ kind: 'code' }, '0301'],
  ]
  it.each(samples)('%o: committing it unchanged changes nothing', (spec, value) => {
    expect(parse(fields[spec.kind].edit(value, spec, context), spec)).toBe(value)
  })
})

describe('codes with their names attached', () => {
  it.each([
    ['2010301-行政运行', '2010301', '行政运行'], ['2010301 行政运行', '2010301', '行政运行'], ['2010301', '2010301', ''],
    ['行政运行', '', '行政运行'], ['２０１０３０１　行政运行', '2010301', '行政运行'],
  ])('%s', (text, code, name) => expect(splitCode(text)).toEqual({ code, name }))
})
