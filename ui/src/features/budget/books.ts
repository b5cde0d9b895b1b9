// The books of a budget (一般公共预算, 政府性基金 …) as filters of lists. What belongs to a book is data:
// beginnings of codes, kept in the records of `budget_book`. Pure apart from reading them.
import { call } from '../../backend'
import { codeItems } from '../../form/choices'
import { entityDef, fieldIndex } from '../../form/documents'
import type { Filter } from '../../generated/Filter'

export interface BudgetBook {
  id: string
  name: string
  inTotal: boolean
  onlyPurchases: boolean
  fundTypes: string[]
  functions: string[]
  incomes: string[]
}

const prefixes = (text: unknown): string[] => String(text ?? '').split(/[,，]/).map((part) => part.trim()).filter(Boolean)

const MOST_BOOKS = 200

export async function readBooks(): Promise<BudgetBook[]> {
  const def = entityDef('budget_book')
  const at = (name: string): number => fieldIndex(def, name)
  const { view } = await call('rows_open', {
    entity: 'budget_book', fiscal_year: null, filters: [], sort: [{ field: 'sort_no', descending: false }], only_with_findings: false, text: '',
  })
  const { rows } = await call('rows_window', { view, offset: 0, limit: MOST_BOOKS })
  return rows.map(({ id, values }) => ({
    id, name: String(values[at('name')] ?? ''), inTotal: values[at('in_total')] === true, onlyPurchases: values[at('is_gov_pur')] === true,
    fundTypes: prefixes(values[at('fund_types')]), functions: prefixes(values[at('func_prefixes')]), incomes: prefixes(values[at('income_prefixes')]),
  }))
}

/** The codes of `set` that begin with one of `beginnings`. */
export async function codesBeginning(set: string, beginnings: readonly string[]): Promise<string[]> {
  const items = await codeItems(set)
  return items.map((item) => item.code).filter((code) => beginnings.some((beginning) => code.startsWith(beginning)))
}

async function within(field: string, set: string, beginnings: readonly string[]): Promise<Filter[]> {
  if (beginnings.length === 0) return []
  return [{ field, test: 'one_of', value: await codesBeginning(set, beginnings) }]
}

/** What a list of expenditure lines must hold to be of this book. */
export async function expenditureFilters(book: BudgetBook): Promise<Filter[]> {
  const purchases: Filter[] = book.onlyPurchases ? [{ field: 'is_gov_pur', test: 'equals', value: true }] : []
  return [...purchases, ...await within('fund_type', 'fund_type', book.fundTypes), ...await within('exp_func', 'func', book.functions)]
}

export async function incomeFilters(book: BudgetBook): Promise<Filter[]> {
  return [...await within('fund_type', 'fund_type', book.fundTypes), ...await within('income_sort', 'income', book.incomes)]
}

/** 综合预算: every book that counts into it, none of them twice; null when they name no codes to go by. */
export async function togetherFilters(books: readonly BudgetBook[]): Promise<Filter[]> {
  const counted = books.filter((book) => book.inTotal)
  if (counted.length === 0 || counted.some((book) => book.fundTypes.length === 0)) return []
  return within('fund_type', 'fund_type', counted.flatMap((book) => book.fundTypes))
}
