// A calendar day, kept as 'YYYY-MM-DD'. Accepts 2026-3-5, 2026/3/5, 2026.3.5, 2026年3月5日 and 20260305.
import { isBlank, normalise } from './digits'
import type { FieldType, Parsed } from './types'
import { plainText } from './types'

const SHAPES = [
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/,
  /^(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?$/,
  /^(\d{4})(\d{2})(\d{2})$/,
]

/** Days of `month` (1–12); month 2 follows the Gregorian leap rule. */
function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}

function parseDate(typed: string): Parsed {
  const plain = normalise(typed)
  if (isBlank(plain)) return { value: null }
  const match = SHAPES.map((shape) => shape.exec(plain)).find(Boolean)
  if (!match) return { problem: 'field.date.bad' }
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (day < 1 || day > daysIn(year, month)) return { problem: 'field.date.none' }
  return { value: [String(year), String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-') }
}

export const date: FieldType = { align: 'center', editor: 'line', format: plainText, edit: plainText, parse: parseDate }
