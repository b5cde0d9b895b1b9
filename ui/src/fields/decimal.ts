// A decimal that is not money (面积, 比例, 指标值): kept as the exact digit string, never a float.
import { groupThousands, isBlank, normalise, readDigits } from './digits'
import type { FieldType, Parsed, Value } from './types'
import { plainText } from './types'

function parseDecimal(typed: string, scale: number): Parsed {
  const plain = normalise(typed)
  if (isBlank(plain)) return { value: null }
  const digits = readDigits(plain)
  if (!digits) return { problem: 'field.decimal.bad' }
  if (digits.fraction.length > scale) return { problem: 'field.decimal.scale', values: { scale } }
  const magnitude = digits.whole + (digits.fraction && '.' + digits.fraction)
  return { value: (digits.negative && magnitude !== '0' ? '-' : '') + magnitude }
}

function formatDecimal(value: Value): string {
  const shown = /^(-?)(\d+)(\.\d+)?$/.exec(plainText(value))
  return shown ? shown[1] + groupThousands(shown[2]!) + (shown[3] ?? '') : plainText(value)
}

export const decimal: FieldType = {
  align: 'right',
  editor: 'line',
  format: formatDecimal,
  edit: plainText,
  parse: (typed, spec) => parseDecimal(typed, spec.scale ?? 6),
}
