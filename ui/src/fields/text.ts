// One line of text. Spaces at the ends are dropped; nothing else is changed.
import type { FieldSpec, FieldType, Parsed } from './types'
import { plainText } from './types'

/** Length counted in characters as a person counts them (a rare Han character is one). */
export function withinLength(text: string, spec: FieldSpec): Parsed {
  const { max } = spec
  if (max !== undefined && [...text].length > max) return { problem: 'field.text.long', values: { max } }
  return { value: text === '' ? null : text }
}

export const text: FieldType = {
  align: 'left',
  editor: 'line',
  format: plainText,
  edit: plainText,
  parse: (typed, spec) => withinLength(typed.trim(), spec),
}
