// All field kinds, one small file each. The record is exhaustive: a new kind does not compile until
// it has a file. Start in types.ts.
import { bool } from './bool'
import { code } from './code'
import { date } from './date'
import { decimal } from './decimal'
import { integer } from './integer'
import { money } from './money'
import { multiline } from './multiline'
import { reference } from './reference'
import { text } from './text'
import type { FieldKind, FieldType } from './types'
import { year } from './year'

export const fields: Record<FieldKind, FieldType> = {
  text, multiline, money, decimal, integer, year, date, bool, code, reference,
}

export { splitCode } from './code'
export { exactMoney, formatMoney, moneyInWords, parseMoney } from './money'
export type { FieldContext, FieldKind, FieldSpec, FieldType, MoneyUnit, Parsed, Problem, Value } from './types'
