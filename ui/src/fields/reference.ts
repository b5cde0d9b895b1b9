// A link to another record. The value is that record's id, which no person reads: cells show the
// label that comes with the row, and typed text is resolved by the provider of options.
import type { FieldType } from './types'
import { plainText } from './types'

export const reference: FieldType = {
  align: 'left',
  editor: 'lookup',
  format: plainText,
  edit: plainText,
  parse: (typed) => ({ value: typed.trim() || null }),
}
