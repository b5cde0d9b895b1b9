// A whole number (人数, 数量).
import { groupThousands, isBlank, normalise, readDigits } from './digits'
import type { FieldType, Parsed, Value } from './types'
import { plainText } from './types'

function parseInteger(typed: string): Parsed {
  const plain = normalise(typed)
  if (isBlank(plain)) return { value: null }
  const digits = readDigits(plain)
  if (!digits || digits.fraction !== '') return { problem: 'field.integer.bad' }
  const value = Number(digits.whole)
  if (!Number.isSafeInteger(value)) return { problem: 'field.integer.big' }
  return { value: digits.negative && value !== 0 ? -value : value }
}

function formatInteger(value: Value): string {
  if (typeof value !== 'number') return plainText(value)
  return (value < 0 ? '-' : '') + groupThousands(String(Math.abs(value)))
}

export const integer: FieldType = {
  align: 'right',
  editor: 'line',
  format: formatInteger,
  edit: plainText,
  parse: parseInteger,
}
