// Reading the vouchers of one allotment, and the numbers given out so far.
import { call } from '../../backend'
import { entityDef, fieldIndex } from '../../form/documents'
import type { Filter } from '../../generated/Filter'
import { desk } from '../common/desk'
import type { Voucher } from './vouchers'

const MOST_VOUCHERS = 1_000

async function where(filters: Filter[]): Promise<Voucher[]> {
  const def = entityDef('allotment_voucher')
  const at = (name: string): number => fieldIndex(def, name)
  const { view } = await call('rows_open', {
    entity: 'allotment_voucher', fiscal_year: desk.year, filters, sort: [], only_with_findings: false, text: '',
  })
  const { rows } = await call('rows_window', { view, offset: 0, limit: MOST_VOUCHERS })
  const text = (value: unknown): string => String(value ?? '')
  return rows.map(({ id, values }) => ({
    id, no: text(values[at('voucher_no')]), kind: text(values[at('kind')]), date: text(values[at('doc_date')]), docNo: text(values[at('doc_no')]),
    amount: Number(values[at('amount')] ?? 0), reason: text(values[at('reason')]),
    from: values[at('from_allotment')] as string | null, to: values[at('to_allotment')] as string | null,
  }))
}

/** Newest first. */
export async function vouchersOf(allotment: string): Promise<Voucher[]> {
  const both = await Promise.all(['from_allotment', 'to_allotment'].map((field) => where([{ field, test: 'equals', value: allotment }])))
  const all = new Map(both.flat().map((voucher) => [voucher.id, voucher]))
  return [...all.values()].sort((a, b) => (a.date + a.no < b.date + b.no ? 1 : -1))
}

/** Numbers already used on this day. */
export async function numbersOf(date: string): Promise<string[]> {
  const found = await where([{ field: 'voucher_no', test: 'contains', value: date.replaceAll('-', '') }])
  return found.map((voucher) => voucher.no)
}
