// What may be chosen for a code or a reference, and how a chosen value is written. Code sets are small
// (a few hundred lines) and come once; references are searched by the desk, all at once when a paste
// brings many different names.
import { call } from '../backend'
import { splitCode, type FieldSpec, type Value } from '../fields'
import type { CodeItem } from '../generated/CodeItem'
import type { FieldDef } from '../generated/FieldDef'
import type { RefLabel } from '../generated/RefLabel'
import type { Option } from '../grid/types'

const SUGGESTED = 50
/** A reference search lists at most this many; a longer list is asked name by name. */
const ALL_RECORDS = 5_000
/** Fewer different names than this are asked one by one. */
const FEW = 6
/** A code longer than this would hide the name in a cell, so it is written after it. */
const SHORT_CODE = 12

const sets = new Map<string, Promise<CodeItem[]>>()
const names = new Map<string, Map<string, CodeItem>>()

/** Every line of a code set. */
export function codeItems(set: string): Promise<CodeItem[]> {
  let items = sets.get(set)
  if (!items) {
    items = call('code_tree', { set })
    sets.set(set, items)
    items.then((found) => names.set(set, new Map(found.map((item) => [item.code, item]))), () => sets.delete(set))
  }
  return items
}

/** Reads the sets of these fields, so that `codeText` can answer at once. */
export async function readSets(fields: readonly FieldDef[]): Promise<void> {
  await Promise.all(fields.map((field) => (field.kind === 'code' ? codeItems(field.set) : undefined)))
}

/** Forgets everything: another book may have other codes. */
export function forgetChoices(): void {
  sets.clear()
  names.clear()
}

export const codeName = (set: string, code: string): string => names.get(set)?.get(code)?.name ?? ''

/** '2010301 行政运行'; only the code while its set has not been read or does not know it. */
export const codeText = (set: string, code: string): string => [code, codeName(set, code)].filter(Boolean).join(' ')

/** A referred record as a cell shows it: without its code when that would push the name out of sight. */
export const shortReference = ({ code, name }: RefLabel): string => (code.length > SHORT_CODE && name ? name : referenceText({ code, name }))

/** A referred record in full, so that the words alone tell which one is meant. */
export function referenceText({ code, name }: RefLabel): string {
  if (code === name) return name
  return (code.length > SHORT_CODE ? [name, code] : [code, name]).filter(Boolean).join(' ')
}

async function suggestCodes(set: string, leaf: boolean, text: string, year: number): Promise<Option[]> {
  const found = await call('code_search', { set, text, year, leaf_only: leaf, limit: SUGGESTED })
  return found.map(({ code, name, path }) => ({ value: code, code, name, hint: path || undefined }))
}

async function suggestRecords(entity: string, text: string, year: number, limit = SUGGESTED): Promise<Option[]> {
  const found = await call('reference_search', { entity, text, fiscal_year: year, limit })
  return found.map(({ id, code, name }) => ({ value: id, code: code === name ? '' : code, name }))
}

/** Choices for a field by code, name or pinyin initials; best first, at most 50. */
export function suggestFor(field: FieldDef, text: string, year: number): Promise<Option[]> {
  if (field.kind === 'code') return suggestCodes(field.set, field.leaf === true, text, year)
  if (field.kind === 'reference') return suggestRecords(field.entity, text, year)
  return Promise.resolve([])
}

/** Code and name as a person or a workbook writes them, in either order. */
function partsOf(text: string): { codes: string[]; names: string[] } {
  const { code, name } = splitCode(text)
  const behind = /^(.*\S)\s+([0-9A-Za-z]{6,})$/.exec(text.trim())
  return {
    codes: [code, behind?.[2] ?? ''].filter(Boolean),
    names: [text.trim(), name, behind?.[1] ?? ''].filter(Boolean),
  }
}

/** The one option that `text` means: the same code, else the only one of that name. */
export function exactOption(options: readonly Option[], text: string): Option | null {
  const { codes, names: wanted } = partsOf(text)
  const byCode = options.filter((option) => codes.includes(option.code))
  if (byCode.length > 0) return byCode.length === 1 ? byCode[0]! : null
  const byName = options.filter((option) => wanted.includes(option.name))
  return byName.length === 1 ? byName[0]! : null
}

async function resolveCodes(set: string, leaf: boolean, texts: string[]): Promise<(Option | null)[]> {
  const items = (await codeItems(set)).filter((item) => !leaf || item.is_leaf)
  const options = items.map(({ code, name }) => ({ value: code as Value, code, name }))
  return texts.map((text) => exactOption(options, text))
}

async function resolveRecords(entity: string, texts: string[], year: number): Promise<(Option | null)[]> {
  const one = async (text: string): Promise<Option | null> => {
    const { codes } = partsOf(text)
    return exactOption(await suggestRecords(entity, codes[0] ?? text, year), text)
  }
  if (texts.length < FEW) return Promise.all(texts.map(one))
  const all = await suggestRecords(entity, '', year, ALL_RECORDS)
  const answers = texts.map((text) => exactOption(all, text))
  if (all.length < ALL_RECORDS) return answers
  return Promise.all(answers.map((answer, index) => answer ?? one(texts[index]!)))
}

/** What each pasted text means; null where there is no single clear answer. */
export function resolveFor(field: FieldDef, texts: string[], year: number): Promise<(Option | null)[]> {
  if (field.kind === 'code') return resolveCodes(field.set, field.leaf === true, texts)
  if (field.kind === 'reference') return resolveRecords(field.entity, texts, year)
  return Promise.resolve(texts.map(() => null))
}

/** true for specs whose value only a list of choices explains. */
export const isChosen = (spec: FieldSpec): boolean => spec.kind === 'code' || spec.kind === 'reference'
