// Reads theme.css as it ships and computes what WCAG 2.2 asks: text 4.5:1, edges of controls and
// marks 3:1, in light and dark. A new pair of colours belongs into one of the two lists.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync('src/kit/theme.css', 'utf8')
const variables = (block: string): Map<string, string> =>
  new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/g)].map((match) => [match[1]!, match[2]!]))
const [light, dark] = css.split(':root[data-theme=dark]').map(variables) as [Map<string, string>, Map<string, string>]

const TEXT: [string, string[]][] = [
  ['text', ['paper', 'panel', 'popup', 'selected', 'error-cell', 'warning-cell', 'accent-soft', 'ok-soft', 'locked']],
  ['text-2', ['paper', 'panel', 'popup', 'locked']],
  ['text-locked', ['locked', 'paper']],
  ['accent', ['paper', 'panel', 'popup', 'accent-soft']],
  ['on-accent', ['accent']],
  ['on-error', ['error']],
  ['error', ['paper', 'panel', 'popup', 'error-cell']],
  ['warning', ['paper', 'panel', 'popup', 'warning-cell']],
  ['ok', ['paper', 'panel', 'popup', 'ok-soft']],
]
const EDGES: [string, string[]][] = [
  ['border', ['paper', 'panel', 'popup']],
  ['accent', ['paper', 'selected', 'locked']],
  ['error', ['error-cell', 'paper']],
  ['warning', ['warning-cell']],
]

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

describe.each([['light', light], ['dark', dark]])('%s colours', (_name, theme) => {
  const pairs = (list: [string, string[]][]) => list.flatMap(([front, backs]) => backs.map((back) => [front, back] as const))
  it.each(pairs(TEXT))('%s can be read on %s', (front, back) => {
    expect(contrast(theme.get(front)!, theme.get(back)!)).toBeGreaterThanOrEqual(4.5)
  })
  it.each(pairs(EDGES))('%s can be seen against %s', (front, back) => {
    expect(contrast(theme.get(front)!, theme.get(back)!)).toBeGreaterThanOrEqual(3)
  })
})

it('dark redefines every colour of light', () => {
  expect([...dark.keys()].sort()).toEqual([...light.keys()].sort())
})

it('style sheets and components use variables that exist', () => {
  const used = ['src/kit/kit.css', 'src/kit/element.css', 'src/grid/sheet.css'].flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/var\(--([\w-]+)\)/g)].map((match) => match[1]!))
  const defined = new Set([...css.matchAll(/--([\w-]+):/g)].map((match) => match[1]!).concat('sheet-line'))
  expect([...new Set(used)].filter((name) => !defined.has(name))).toEqual([])
})
