import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import kit from '../kit/locales/zh.json'
import bo from './bo.json'
import en from './en.json'
import files from './files.zh.json'
import zh from './zh.json'

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1]!).sort()

const sources = readdirSync('src', { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && /\.(ts|vue)$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  .join('\n')

describe('words', () => {
  it('are in English all of them, with the same holes', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
    for (const [key, text] of Object.entries(zh)) expect([key, holes((en as Record<string, string>)[key]!)]).toEqual([key, holes(text)])
  })

  it('in Tibetan have a Chinese original', () => {
    expect(Object.keys(bo).filter((key) => !(key in zh))).toEqual([])
  })

  it('are defined once', () => {
    expect(Object.keys(zh).filter((key) => key in kit || key in files)).toEqual([])
  })

  it('are all used', () => {
    // Keys made of a fixed beginning and a word of the desk.
    const made = [...sources.matchAll(/t\(`([\w.]+)\.\$\{/g)].map((match) => match[1]!)
    const unused = Object.keys(zh).filter((key) => !sources.includes(`'${key}'`) && !made.some((beginning) => key.startsWith(`${beginning}.`)))
    expect(unused).toEqual([])
  })

  it('stand in no template: what a person reads comes from here or from the documents', () => {
    const templates = readdirSync('src', { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.vue') && !entry.parentPath.includes('kit'))
      .map((entry) => [entry.name, /<template>([\s\S]*)<\/template>/.exec(readFileSync(join(entry.parentPath, entry.name), 'utf8'))?.[1] ?? ''] as const)
    // Punctuation around a translated word is not a word.
    expect(templates.filter(([, text]) => /[\u4e00-\u9fff]/.test(text.replace(/<!--[\s\S]*?-->/g, ''))).map(([name]) => name)).toEqual([])
  })
})
