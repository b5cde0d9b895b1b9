import { describe, expect, it } from 'vitest'
import { exactMoney, formatMoney, moneyInWords, parseMoney } from './money'
import type { MoneyUnit } from './types'

const fen = (text: string, unit: MoneyUnit = 'yuan') => {
  const parsed = parseMoney(text, unit)
  return 'value' in parsed ? parsed.value : parsed.problem
}

describe('typed amounts', () => {
  it.each([
    ['1,234.50', 123_450], ['1234.5', 123_450], ['１，２３４．５０', 123_450], ['￥1,234.50', 123_450], ['¥ 12', 1_200],
    ['1.2万', 1_200_000], ['1.2万元', 1_200_000], ['3亿', 30_000_000_000], ['5千元', 500_000], ['12元', 1_200], ['-12.3', -1_230],
    ['－1', -100], ['（1,234.00）', -123_400], ['(5)', -500], ['1 234 567.89', 123_456_789], ['。5', 50], ['+7', 700], ['007', 700],
    ['-￥12', -1_200], ['人民币12元', 1_200], ['0.10', 10], ['-0', 0], ['90071992547409.91', Number.MAX_SAFE_INTEGER],
  ])('%s is read', (text, expected) => expect(fen(text)).toBe(expected))

  it.each(['', '  ', '-', '—', '——'])('"%s" is empty', (text) => expect(fen(text)).toBeNull())

  it.each([
    ['abc', 'field.money.bad'], ['#N/A', 'field.money.bad'], ['1,23', 'field.money.bad'], ['12,34,567', 'field.money.bad'],
    ['1.2.3', 'field.money.bad'], ['12%', 'field.money.bad'], ['1e3', 'field.money.bad'], ['12万3', 'field.money.bad'],
    ['(-5)', 'field.money.bad'], ['(5', 'field.money.bad'], ['.', 'field.money.bad'], ['1.234', 'field.money.fen'],
    ['90071992547409.92', 'field.money.big'], ['99999999999999999999', 'field.money.big'],
  ])('%s is a problem, never a guess', (text, problem) => expect(fen(text)).toBe(problem))

  it('a bare number in 万元 mode is 万元, to the fen', () => {
    expect(fen('12.5', 'wan')).toBe(12_500_000)
    expect(fen('0.000001', 'wan')).toBe(1)
    expect(fen('0.0000001', 'wan')).toBe('field.money.fen')
  })

  it('a written unit beats the unit of the screen', () => {
    expect(fen('125000元', 'wan')).toBe(12_500_000)
    expect(fen('1.2万', 'wan')).toBe(1_200_000)
  })
})

describe('shown amounts', () => {
  it.each([
    [0, 'yuan', '0.00'], [5, 'yuan', '0.05'], [-5, 'yuan', '-0.05'], [123_456_789, 'yuan', '1,234,567.89'],
    [12_500_000, 'wan', '12.50'], [4_999, 'wan', '0.00'], [-4_999, 'wan', '0.00'], [5_000, 'wan', '0.01'], [-5_000, 'wan', '-0.01'],
    [Number.MAX_SAFE_INTEGER, 'yuan', '90,071,992,547,409.91'],
  ] as const)('%d 分 in %s reads %s', (value, unit, shown) => expect(formatMoney(value, unit)).toBe(shown))

  it('the exact text reads back as the same amount in both units', () => {
    const samples = [0, 1, -1, 99, 100, 123_456, -987_654_321, 10_000, 1_000_000, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]
    for (const unit of ['yuan', 'wan'] as const) {
      for (const value of samples) expect(fen(exactMoney(value, unit), unit)).toBe(value)
    }
  })

  it('two-decimal amounts in yuan read back as themselves', () => {
    for (let value = -2_000; value <= 2_000; value += 7) expect(fen(formatMoney(value, 'yuan'))).toBe(value)
  })
})

describe('amounts in words', () => {
  it.each([
    [0, '零元整'], [1, '壹分'], [10, '壹角整'], [105, '壹元零伍分'], [123_450, '壹仟贰佰叁拾肆元伍角整'], [100_000, '壹仟元整'],
    [100_500, '壹仟零伍元整'], [1_000_000, '壹万元整'], [10_050_000, '壹拾万零伍佰元整'], [10_700_053, '壹拾万柒仟元伍角叁分'],
    [140_950, '壹仟肆佰零玖元伍角整'], [600_714, '陆仟零柒元壹角肆分'], [32_504, '叁佰贰拾伍元零肆分'],
    [10_000_000_000, '壹亿元整'], [10_000_000_100, '壹亿零壹元整'], [10_000_100_000, '壹亿零壹仟元整'], [1_000_000_000_000, '壹佰亿元整'],
    [100_000_000_000_000, '壹万亿元整'], [3_233_870_760, '叁仟贰佰叁拾叁万捌仟柒佰零柒元陆角整'], [-123_400, '负壹仟贰佰叁拾肆元整'],
  ])('%d 分', (value, words) => expect(moneyInWords(value)).toBe(words))
})

describe('bare digits, which are read without the long way', () => {
  it.each([
    ['0', 'yuan', 0], ['-0', 'yuan', 0], ['12', 'yuan', 1200], ['12.5', 'yuan', 1250], ['-12.05', 'yuan', -1205], ['0012.50', 'yuan', 1250],
    ['9999999999999.99', 'yuan', 999_999_999_999_999], ['12.5', 'wan', 12_500_000], ['0.000001', 'wan', 1], ['-999999999.999999', 'wan', -999_999_999_999_999],
  ] as const)('%s %s', (text, unit, fen) => expect(parseMoney(text, unit)).toEqual({ value: fen }))

  it('leave what is not one exact amount to the long way', () => {
    expect(parseMoney('1.234', 'yuan')).toHaveProperty('problem')
    expect(parseMoney('1.230', 'yuan')).toEqual({ value: 123 })
    expect(parseMoney('99999999999999999', 'yuan')).toHaveProperty('problem')
    expect(parseMoney('90071992547409.91', 'yuan')).toEqual({ value: 9_007_199_254_740_991 })
  })
})
