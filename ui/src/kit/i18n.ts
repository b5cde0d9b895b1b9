// The words on the screen. `t('key', { n: 3 })` looks the key up in the chosen language, falls back
// to Chinese, and fills `{n}`. No plural machinery: texts are written so that they need none.
// Words live in locales/*.json; a test keeps en complete and bo's navigation complete.
import { ref } from 'vue'
import bo from './locales/bo.json'
import en from './locales/en.json'
import zh from './locales/zh.json'

export type Locale = 'zh' | 'en' | 'bo'
export type TextKey = keyof typeof zh

const tables: Record<Locale, Partial<Record<string, string>>> = { zh, en, bo }

/** The language on the screen now; `t` reads it, so templates follow a change by themselves. */
export const locale = ref<Locale>('zh')

/** The text of `key` in the current language, with each `{name}` replaced from `values`. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  const text = tables[locale.value][key] ?? tables.zh[key] ?? key
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => (name in values ? String(values[name]) : hole))
}

/** Adds words from a higher layer (a feature's own texts), under keys that must not exist yet. */
export function addTexts(language: Locale, texts: Record<string, string>): void {
  for (const [key, text] of Object.entries(texts)) {
    if ((tables[language][key] ?? text) !== text) throw new Error(`text key defined twice: ${key}`)
    tables[language][key] = text
  }
}

/** `t` for keys added with `addTexts`, which the compiler cannot know. */
export function tx(key: string, values: Record<string, string | number> = {}): string {
  return t(key as TextKey, values)
}
