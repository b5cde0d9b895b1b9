// Code sets out of the repository's CSV files, and the searches of pickers: by code and by name (the real
// desk also knows pinyin initials).
import type { CodeItem } from '../../generated/CodeItem'
import type { CodeSearch } from '../../generated/CodeSearch'
import type { ReferenceSearch } from '../../generated/ReferenceSearch'
import type { FakeCalls } from './index'
import { refuse, type FakeBook } from './book'

export type CodeSets = ReadonlyMap<string, CodeItem[]>

const files = import.meta.glob<string>('../../../../schemas/codes/*.csv', { query: '?raw', import: 'default' })
const FIXED = 7

function parse(text: string): CodeItem[] {
  const [head = '', ...lines] = text.replaceAll('\r', '').trim().split('\n')
  const extra = head.split(',').slice(FIXED)
  return lines.map((line) => {
    const [code = '', name = '', parent = '', leaf, start, end, basis = '', ...rest] = line.split(',')
    return { code, name, parent, is_leaf: leaf === '1', start_year: Number(start), end_year: Number(end), basis, ext: Object.fromEntries(extra.map((key, index) => [key, rest[index] ?? ''])) }
  })
}

export async function readCodeSets(): Promise<CodeSets> {
  const read = Object.entries(files).map(async ([path, load]) => [path.split('/').at(-1)!.replace('.csv', ''), parse(await load())] as const)
  return new Map(await Promise.all(read))
}

export function codeCalls(book: FakeBook, sets: CodeSets): FakeCalls {
  const itemsOf = (set: string): CodeItem[] => {
    const items = sets.get(set)
    if (!items) throw refuse('bad_request', `没有代码集“${set}”`)
    return items
  }
  return {
    code_sets: () => [],
    code_tree: ({ set }: { set: string }) => itemsOf(set),
    code_search: ({ set, text, leaf_only, limit }: CodeSearch) =>
      itemsOf(set).filter((item) => (!leaf_only || item.is_leaf) && (item.code.startsWith(text) || item.name.includes(text))).slice(0, limit)
        .map(({ code, name, is_leaf }) => ({ code, name, path: '', is_leaf, unconfirmed: false })),
    reference_search: ({ entity, text, limit }: ReferenceSearch) =>
      book.of(entity).map((record) => ({ id: record.id, ...book.title(record) }))
        .filter(({ code, name }) => code.startsWith(text) || name.includes(text)).slice(0, limit),
  } as FakeCalls
}
