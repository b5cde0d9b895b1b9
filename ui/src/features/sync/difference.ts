// What is different between the value both began from and another one, for the eye. Pure.
import type { Shown } from '../../generated/Shown'
import type { ShownField } from '../../generated/ShownField'
import { formatMoney, type MoneyUnit } from '../../fields'

export interface Part {
  text: string
  changed: boolean
}

/** Whole letters: a Tibetan stack is never cut in two. */
function letters(text: string): string[] {
  if (typeof Intl.Segmenter === 'function') return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  return [...text]
}

/** `to` in parts: what it shares with `from` at the beginning and at the end, and the rest, which changed. */
export function changedParts(from: string, to: string): Part[] {
  if (from === to || from === '') return to === '' ? [] : [{ text: to, changed: from !== to }]
  const [before, after] = [letters(from), letters(to)]
  const most = Math.min(before.length, after.length)
  let head = 0
  while (head < most && before[head] === after[head]) head++
  let tail = 0
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  const cut = (begin: number, end: number): string => after.slice(begin, end).join('')
  const parts = [
    { text: cut(0, head), changed: false }, { text: cut(head, after.length - tail), changed: true }, { text: cut(after.length - tail, after.length), changed: false },
  ]
  return parts.filter(({ text }) => text !== '')
}

/** '(+50.00)' behind an amount; '' when nothing is to be compared. */
export function moneyDifference(from: Shown, to: Shown, unit: MoneyUnit): string {
  if (typeof from.value !== 'number' || typeof to.value !== 'number' || from.value === to.value) return ''
  const by = to.value - from.value
  return `(${by > 0 ? '+' : ''}${formatMoney(by, unit)})`
}

/** The value as it is read on this screen: amounts in the unit that is shown, everything else as the desk says it. */
export const shownText = (field: ShownField, shown: Shown, unit: MoneyUnit): string =>
  field.kind === 'money' && typeof shown.value === 'number' ? formatMoney(shown.value, unit) : shown.text
