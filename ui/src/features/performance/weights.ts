// Adding weights, which are decimals written as text, without ever making a float of them. Pure.

const PLACES = 6

/** '12.5' + '87.5' = '100'. Texts that are no decimals count as nothing: a finding says what is wrong with them. */
export function addWeights(values: readonly unknown[]): string {
  let sum = 0n
  for (const value of values) {
    const match = /^(\d+)(?:\.(\d{1,6}))?$/.exec(String(value ?? ''))
    if (match) sum += BigInt(match[1]! + (match[2] ?? '').padEnd(PLACES, '0'))
  }
  const digits = sum.toString().padStart(PLACES + 1, '0')
  const fraction = digits.slice(-PLACES).replace(/0+$/, '')
  return digits.slice(0, -PLACES) + (fraction && `.${fraction}`)
}
