// Sizes of files as people read them. Pure.

const UNITS = ['B', 'KB', 'MB', 'GB']

/** 1536 → '1.5 KB'; whole numbers from 10 on. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}
