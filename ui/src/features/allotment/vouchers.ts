// The vouchers of an allotment as data: which kinds take from it and which give to it (the `side` column
// of the code set), and what a new one does to the balance. Pure.

export type Side = 'to' | 'from' | 'both'

export interface Voucher {
  id: string
  no: string
  kind: string
  date: string
  docNo: string
  amount: number
  reason: string
  from: string | null
  to: string | null
}

/** The figures of an allotment that people look at, in 分, by field name. */
export const BALANCE_FIELDS = ['amount', 'released', 'increased', 'reduced', 'transferred_in', 'transferred_out', 'recovered', 'cur_amt', 'frozen', 'allocated', 'pay_app_amt', 'available'] as const

/** How the balance that is free changes when this voucher is entered; 分. */
const EFFECT: Record<string, -1 | 0 | 1> = { '01': 0, '02': 1, '03': -1, '04': -1, '05': -1, '06': 1, '07': -1 }

export const TRANSFER = '04'

export const availableAfter = (available: number, kind: string, amount: number): number => available + (EFFECT[kind] ?? 0) * amount

/** Whether this voucher took from or gave to the allotment: '−' or '＋' before its amount. */
export function signFor(voucher: Voucher, allotment: string): '+' | '−' | '' {
  if ((EFFECT[voucher.kind] ?? 0) === 0) return ''
  if (voucher.kind === '05') return '−'
  if (voucher.kind === '06') return '+'
  return voucher.from === allotment ? '−' : '+'
}

/** The number of the next voucher of a day: 20260312-004 after three of that day. */
export function nextNumber(date: string, taken: readonly string[]): string {
  const day = date.replaceAll('-', '')
  const used = taken.filter((no) => no.startsWith(`${day}-`)).map((no) => Number(no.slice(day.length + 1)) || 0)
  return `${day}-${String(Math.max(0, ...used) + 1).padStart(3, '0')}`
}
