// Numbers as clerks type them, brought to plain ASCII digits. Shared by money, decimal, integer and
// year. Works on strings only: no number is ever a float on its way through here.

export interface Digits {
  negative: boolean
  /** Digits before the point, no leading zeros beyond the first. */
  whole: string
  /** Digits after the point, trailing zeros removed. */
  fraction: string
}

/** Full-width forms to ASCII, every kind of minus to '-', Chinese full stop on the numpad to '.'. */
export function normalise(text: string): string {
  return text.normalize('NFKC').replace(/[−–—―]/g, '-').replace(/。/g, '.').trim()
}

const GROUPED = /^\d{1,3}(?:[,\s]\d{3})+$/

/** '-1,234.50' to its digits; undefined when it is not one number. Separators must be in threes: '1,23' is refused. */
export function readDigits(text: string): Digits | undefined {
  const negativeByBrackets = /^\((.+)\)$/.exec(text)
  const signed = negativeByBrackets ? negativeByBrackets[1]!.trim() : text
  const match = /^([+-]?)\s*([\d,\s]*)(?:\.(\d*))?$/.exec(signed)
  if (!match) return undefined
  const [, sign, body = '', tail = ''] = match
  if (negativeByBrackets && sign) return undefined
  const trimmed = body.trim()
  if (trimmed === '' && tail === '') return undefined
  if (/[,\s]/.test(trimmed) && !GROUPED.test(trimmed)) return undefined
  return {
    negative: Boolean(negativeByBrackets) || sign === '-',
    whole: trimmed.replace(/[,\s]/g, '').replace(/^0+(?=\d)/, '') || '0',
    fraction: tail.replace(/0+$/, ''),
  }
}

/** '1234567' to '1,234,567'. */
export function groupThousands(whole: string): string {
  let grouped = whole.slice(-3)
  for (let end = whole.length - 3; end > 0; end -= 3) grouped = `${whole.slice(Math.max(0, end - 3), end)},${grouped}`
  return grouped
}

/** A lone dash is how tables write "nothing". */
export function isBlank(normalised: string): boolean {
  return normalised === '' || /^-+$/.test(normalised)
}
