// A value out of a code set. The code is text ('0301' keeps its zero). Whether the code exists is
// known only to the provider of options, so `parse` keeps the text and the caller resolves it.
import { normalise } from './digits'
import type { FieldType } from './types'
import { plainText } from './types'

/** '2010301-行政运行' → { code: '2010301', name: '行政运行' }; a bare name has an empty code. */
export function splitCode(typed: string): { code: string; name: string } {
  const plain = normalise(typed)
  const match = /^([0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*)[\s\-_:|/]*(.*)$/.exec(plain)
  return match ? { code: match[1]!, name: match[2]!.trim() } : { code: '', name: plain }
}

export const code: FieldType = {
  align: 'left',
  editor: 'lookup',
  format: plainText,
  edit: plainText,
  parse: (typed) => ({ value: typed.trim() || null }),
}
