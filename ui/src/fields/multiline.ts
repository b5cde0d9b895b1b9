// Text with line breaks. A grid cell is one line high and its editor is an <input>, which drops
// line breaks; so a break shows and edits as ↵ (typed with Alt+Enter) and is kept exactly.
import { withinLength } from './text'
import type { FieldType } from './types'
import { plainText } from './types'

export const BREAK = '↵'

export const multiline: FieldType = {
  align: 'left',
  editor: 'line',
  format: (value) => plainText(value).replace(/\r?\n/g, BREAK),
  edit: (value) => plainText(value).replace(/\r?\n/g, BREAK),
  parse: (typed, spec) => withinLength(typed.replace(/\r\n?/g, '\n').replaceAll(BREAK, '\n').trim(), spec),
}
