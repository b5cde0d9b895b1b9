// 是/否. On the platform's forms 1 = 是 and 2 = 否; both are accepted when typed or pasted.
import { t } from '../kit/i18n'
import { normalise } from './digits'
import type { FieldType, Parsed, Value } from './types'
import { plainText } from './types'

const YES = new Set(['是', '1', 'y', 'yes', 'true', 's', 'shi', '√', '✓', '有'])
const NO = new Set(['否', '2', '0', 'n', 'no', 'false', 'f', 'fou', '×', '✗', '无'])

function parseBool(typed: string): Parsed {
  const word = normalise(typed).toLowerCase()
  if (word === '') return { value: null }
  if (YES.has(word) || word === t('field.bool.yes').toLowerCase()) return { value: true }
  if (NO.has(word) || word === t('field.bool.no').toLowerCase()) return { value: false }
  return { problem: 'field.bool.bad' }
}

function formatBool(value: Value): string {
  if (typeof value !== 'boolean') return plainText(value)
  return t(value ? 'field.bool.yes' : 'field.bool.no')
}

export const bool: FieldType = { align: 'center', editor: 'choice', format: formatBool, edit: formatBool, parse: parseBool }
