import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import en from './files.en.json'
import zh from './files.zh.json'

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1]!).sort()

it('English has exactly the Chinese keys, in order, with the same holes', () => {
  expect(Object.keys(zh)).toEqual([...Object.keys(zh)].sort())
  expect(Object.keys(en)).toEqual(Object.keys(zh))
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect([key, holes(en[key])]).toEqual([key, holes(zh[key])])
})

it('no word is left over', () => {
  const all = readdirSync('src', { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|vue)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')
  // Keys made of a fixed beginning and a word of the desk.
  const made = [...all.matchAll(/t\(`([\w.]+)\.\$\{/g)].map((match) => match[1]!)
  const unused = Object.keys(zh).filter((key) => !all.includes(`'${key}'`) && !made.some((beginning) => key.startsWith(`${beginning}.`)))
  expect(unused).toEqual([])
})
