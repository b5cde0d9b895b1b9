// What a field kind is: how a value looks, how typed text becomes a value, which editor it wants.
// A value here is exactly what travels over the calls (money = whole 分, text-like = string).
// Nothing here knows an entity or a column; the grid and the forms both read this.
import type { TextKey } from '../kit/i18n'

/** A value as the backend speaks it. money: integer 分; integer/year: number; decimal/date/code/reference: string. */
export type Value = string | number | boolean | null

export type MoneyUnit = 'yuan' | 'wan'

export type FieldKind =
  | 'text' | 'multiline' | 'money' | 'decimal' | 'integer'
  | 'year' | 'date' | 'bool' | 'code' | 'reference'

/** The parameters of one field, as the entity document gives them. */
export interface FieldSpec {
  kind: FieldKind
  /** text, multiline: most characters. */
  max?: number
  /** decimal: most digits after the point. */
  scale?: number
  /** code: name of the code set; reference: name of the entity. Only handed through to `suggest`. */
  set?: string
  entity?: string
}

/** What the screen decides about showing values. */
export interface FieldContext {
  moneyUnit: MoneyUnit
}

/** Why a text is not a value of this kind: a text key, so that the message follows the language. */
export interface Problem {
  problem: TextKey
  values?: Record<string, string | number>
}

export type Parsed = { value: Value } | Problem

export interface FieldType {
  align: 'left' | 'right' | 'center'
  /** line: typed text; choice: a short fixed list; lookup: searched through `suggest`. */
  editor: 'line' | 'choice' | 'lookup'
  /** What a cell shows. null shows as an empty string in every kind. */
  format(value: Value, spec: FieldSpec, context: FieldContext): string
  /** What the editor opens with and the clipboard gets: exact, so that committing it unchanged changes nothing. */
  edit(value: Value, spec: FieldSpec, context: FieldContext): string
  /** Typed or pasted text to a value. Empty text is null. Never guesses: what is unclear is a problem. */
  parse(text: string, spec: FieldSpec, context: FieldContext): Parsed
}

/** Text of a value that is already text-like. */
export function plainText(value: Value): string {
  return value === null ? '' : String(value)
}
