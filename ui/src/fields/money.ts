// Amounts of money: typed text to whole 分 and back, in 元 or 万元, and 大写金额.
// Everything is done on digit strings and BigInt: no amount is ever a float, and a text that is
// not clearly one amount is a problem, never a guess.
import { groupThousands, isBlank, normalise, readDigits } from './digits'
import type { FieldType, MoneyUnit, Parsed } from './types'
import { plainText } from './types'

/** Powers of ten from the unit to 分. */
const UNIT_EXPONENT: Record<MoneyUnit, number> = { yuan: 2, wan: 6 }

/** A unit written behind the number overrides the screen's unit. */
const SUFFIX_EXPONENT: Record<string, number> = { 元: 2, 千元: 5, 万: 6, 万元: 6, 亿: 10, 亿元: 10 }

/** ±(2^53−1) 分: the same bound as the Rust side. */
const LIMIT = BigInt(Number.MAX_SAFE_INTEGER)

/** Bare digits, as Excel copies them: most of a pasted block, and a fifth of the work of reading the rest. */
const BARE = /^(-?)(\d{1,13})(?:\.(\d{1,6}))?$/
/** So many digits are whole below ±2^53. */
const EXACT_DIGITS = 15

function parseBare(text: string, unit: MoneyUnit): number | undefined {
  const match = BARE.exec(text)
  const exponent = UNIT_EXPONENT[unit]
  if (!match || (match[3] ?? '').length > exponent || match[2]!.length + exponent > EXACT_DIGITS) return undefined
  const fen = Number(match[2]! + (match[3] ?? '').padEnd(exponent, '0'))
  return match[1] && fen !== 0 ? -fen : fen
}

/** '1,234.50', '￥12', '1.2万', '(300)' to 分. In 万元 a bare 12.5 is 125 000 元. */
export function parseMoney(text: string, unit: MoneyUnit): Parsed {
  const bare = parseBare(text, unit)
  if (bare !== undefined) return { value: bare }
  const plain = normalise(text)
  if (isBlank(plain)) return { value: null }
  const match = /^(\(?)([+-]?)\s*(?:¥|人民币|RMB)?\s*(.*?)\s*(千元|万元|亿元|元|万|亿)?(\)?)$/i.exec(plain)
  if (!match) return { problem: 'field.money.bad' }
  const [, open = '', sign = '', body = '', suffix, close = ''] = match
  const digits = readDigits(open + sign + body + close)
  if (!digits) return { problem: 'field.money.bad' }
  const exponent = suffix ? SUFFIX_EXPONENT[suffix]! : UNIT_EXPONENT[unit]
  if (digits.fraction.length > exponent) return { problem: 'field.money.fen' }
  const magnitude = BigInt(digits.whole + digits.fraction.padEnd(exponent, '0'))
  if (magnitude > LIMIT) return { problem: 'field.money.big' }
  const fen = Number(magnitude)
  return { value: digits.negative && fen !== 0 ? -fen : fen }
}

/** 分 as shown: thousands separators and two decimals; 万元 rounds half away from zero. */
export function formatMoney(fen: number, unit: MoneyUnit): string {
  const magnitude = Math.abs(fen)
  // Every cell that scrolls by comes here, and 元 needs no arithmetic: whole 分 are exact as they are.
  const digits = (unit === 'wan' ? ((BigInt(magnitude) + 5_000n) / 10_000n).toString() : String(magnitude)).padStart(3, '0')
  const sign = fen < 0 && digits !== '000' ? '-' : ''
  return `${sign}${groupThousands(digits.slice(0, -2))}.${digits.slice(-2)}`
}

/** 分 without any rounding, for editing and the clipboard: '1234.5', in 万元 up to six decimals. */
export function exactMoney(fen: number, unit: MoneyUnit): string {
  const exponent = UNIT_EXPONENT[unit]
  const digits = BigInt(Math.abs(fen)).toString().padStart(exponent + 1, '0')
  const fraction = digits.slice(-exponent).replace(/0+$/, '')
  return (fen < 0 ? '-' : '') + digits.slice(0, -exponent) + (fraction && '.' + fraction)
}

const NUMERALS = '零壹贰叁肆伍陆柒捌玖'
const PLACES = ['', '拾', '佰', '仟']
const SECTIONS = ['', '万', '亿', '万亿']

/** One group of four digits in words, without its section name; inner zeros once. */
function sectionInWords(group: string): string {
  let words = ''
  let zeroDue = false
  for (const [index, digit] of [...group].entries()) {
    if (digit === '0') {
      zeroDue = words !== ''
      continue
    }
    words += (zeroDue ? '零' : '') + NUMERALS[Number(digit)] + PLACES[group.length - 1 - index]
    zeroDue = false
  }
  return words
}

function wholeInWords(whole: string): string {
  const width = Math.ceil(whole.length / 4) * 4
  const groups = whole.padStart(width, '0').match(/\d{4}/g) ?? []
  let words = ''
  let gap = false
  for (const [index, group] of groups.entries()) {
    const section = sectionInWords(group)
    if (section === '') {
      gap = true
      continue
    }
    const zero = words !== '' && (gap || group.startsWith('0')) ? '零' : ''
    words += zero + section + SECTIONS[groups.length - 1 - index]
    gap = false
  }
  return words
}

/** 大写金额 of 分: 1234.50 元 → 壹仟贰佰叁拾肆元伍角整 (支付结算办法 附一: 到"元""角"写"整", 有"分"不写). */
export function moneyInWords(fen: number): string {
  const digits = BigInt(Math.abs(fen)).toString().padStart(3, '0')
  const [jiao, cent] = [Number(digits.at(-2)), Number(digits.at(-1))]
  const yuan = wholeInWords(digits.slice(0, -2))
  const sign = fen < 0 ? '负' : ''
  if (jiao === 0 && cent === 0) return `${sign}${yuan || '零'}元整`
  const head = yuan && yuan + '元' + (jiao === 0 ? '零' : '')
  return sign + head + (jiao ? NUMERALS[jiao] + '角' : '') + (cent ? NUMERALS[cent] + '分' : '整')
}

export const money: FieldType = {
  align: 'right',
  editor: 'line',
  format: (value, _spec, { moneyUnit }) => (typeof value === 'number' ? formatMoney(value, moneyUnit) : plainText(value)),
  edit: (value, _spec, { moneyUnit }) => (typeof value === 'number' ? exactMoney(value, moneyUnit) : plainText(value)),
  parse: (text, _spec, { moneyUnit }) => parseMoney(text, moneyUnit),
}
