// A fiscal year: four digits, 1900–2099 (two-digit years are not guessed).
import { isBlank, normalise } from './digits'
import type { FieldType, Parsed } from './types'
import { plainText } from './types'

function parseYear(typed: string): Parsed {
  const plain = normalise(typed)
  if (isBlank(plain)) return { value: null }
  const match = /^((?:19|20)\d{2})\s*(?:年度?)?$/.exec(plain)
  return match ? { value: Number(match[1]) } : { problem: 'field.year.bad' }
}

export const year: FieldType = { align: 'center', editor: 'line', format: plainText, edit: plainText, parse: parseYear }
