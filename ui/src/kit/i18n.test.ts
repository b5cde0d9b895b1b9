import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { addTexts, locale, t, tx, type TextKey } from './i18n'
import bo from './locales/bo.json'
import en from './locales/en.json'
import zh from './locales/zh.json'

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1]!).sort()
const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|vue)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))

afterEach(() => (locale.value = 'zh'))

describe('texts', () => {
  it('English has exactly the Chinese keys, with the same holes', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh))
    for (const key of Object.keys(zh) as TextKey[]) expect([key, holes(en[key])]).toEqual([key, holes(zh[key])])
  })

  it('Tibetan covers the navigation and is marked for review by a native reader', () => {
    const navigation = Object.keys(zh).filter((key) => key.startsWith('nav.'))
    expect(Object.keys(bo)).toEqual(['needs_native_review', ...navigation].sort())
    for (const text of Object.values(bo)) expect(text).toMatch(/^[\u0f00-\u0fff]+$/)
  })

  it('no key is left over', () => {
    const all = sources('src').join('\n')
    const unused = Object.keys(zh).filter((key) =>
      !all.includes(`'${key}'`) && !/^(nav|kit\.(theme|typeSize|language)|grid\.did)\b/.test(key))
    expect(unused).toEqual([])
  })

  it('holes are filled, unknown ones stay visible, and the language may change at any time', () => {
    expect(t('grid.row', { n: 3 })).toBe('第 3 行')
    expect(t('grid.row')).toBe('第 {n} 行')
    locale.value = 'en'
    expect(t('grid.row', { n: 3 })).toBe('row 3')
    locale.value = 'bo'
    expect(t('nav.home')).toBe(bo['nav.home'])
    expect(t('grid.row', { n: 3 })).toBe('第 3 行')
  })

  it('a higher layer adds its own words, but never over another’s', () => {
    addTexts('zh', { 'test.words': '有 {n} 个' })
    expect(tx('test.words', { n: 2 })).toBe('有 2 个')
    expect(() => addTexts('zh', { 'grid.row': '行' })).toThrow('defined twice')
    expect(tx('test.missing')).toBe('test.missing')
  })
})
