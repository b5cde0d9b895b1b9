// The words of the program itself: forms, screens, the shell. `t('home.todo', { n: 3 })` also knows the
// kit's and the grid's words, so nothing above the kit needs a second function. Names of fields and of
// entities are not here: they come with the documents. zh is complete and defines the keys, en is
// complete, bo covers navigation and waits for a native reader (words.test.ts). files.*.json: the words of
// start, import, export, backups and settings.
import { addTexts, tx, type TextKey } from '../kit/i18n'
import bo from './bo.json'
import en from './en.json'
import enFiles from './files.en.json'
import zhFiles from './files.zh.json'
import zh from './zh.json'

addTexts('zh', zh)
addTexts('zh', zhFiles)
addTexts('en', en)
addTexts('en', enFiles)
addTexts('bo', bo)

export type WordKey = keyof typeof zh | keyof typeof zhFiles | TextKey

/** The text of `key` in the language on the screen, each `{name}` filled from `values`. */
export const t = (key: WordKey, values: Record<string, string | number> = {}): string => tx(key, values)
