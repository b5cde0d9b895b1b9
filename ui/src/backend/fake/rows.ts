// Lists, records, edits, findings, search, history and the first page of the desk in memory.
import type { Edits } from '../../generated/Edits'
import type { FieldDef } from '../../generated/FieldDef'
import type { Filter } from '../../generated/Filter'
import type { Finding } from '../../generated/Finding'
import type { FindingsRequest } from '../../generated/FindingsRequest'
import type { ListQuery } from '../../generated/ListQuery'
import type { TotalsRequest } from '../../generated/TotalsRequest'
import type { Window } from '../../generated/Window'
import type { WindowRequest } from '../../generated/WindowRequest'
import type { FakeBook, FakeRecord, FakeValue } from './book'
import { refuse } from './book'
import type { CodeSets } from './codes'
import type { FakeCalls } from './index'

function findingsOf(book: FakeBook, record: FakeRecord): Finding[] {
  return book.def(record.entity).fields
    .filter((field) => field.required && !field.derived && (record.values[field.name] ?? null) === null)
    .map((field) => ({ rule: 'GEN-001', severity: 'mandatory', entity: record.entity, record: record.id, field: field.name, message: `${field.label.zh}必填，请填写` }))
}

function windowOf(book: FakeBook, records: readonly FakeRecord[]): Window {
  const labels: Window['labels'] = {}
  const rows = records.map((record) => {
    const { fields } = book.def(record.entity)
    const values = fields.map((field) => book.value(record, field))
    fields.forEach((field, index) => {
      const target = field.kind === 'reference' && typeof values[index] === 'string' ? book.records.get(values[index]) : undefined
      if (target && field.kind === 'reference') (labels[field.entity] ??= {})[target.id] = book.title(target)
    })
    return { id: record.id, version: record.version, deleted: record.deleted, division: '410823000', fiscal_year: record.year, values, findings: findingsOf(book, record).map((finding) => ({ ...finding, reason: null })) }
  })
  return { rows, labels }
}

function fits(book: FakeBook, sets: CodeSets, record: FakeRecord, filter: Filter): boolean {
  const field = book.def(record.entity).fields.find((known) => known.name === filter.field)!
  const value = book.value(record, field)
  switch (filter.test) {
    case 'equals': return value === filter.value
    case 'one_of': return filter.value.includes(value)
    case 'at_least': return value !== null && value >= (filter.value as string | number)
    case 'at_most': return value !== null && value <= (filter.value as string | number)
    case 'empty': return value === null
    case 'not_empty': return value !== null
    default: return wordsOf(book, sets, field, value).includes(filter.value)
  }
}

function wordsOf(book: FakeBook, sets: CodeSets, field: FieldDef, value: FakeValue): string {
  if (value === null) return ''
  if (field.kind === 'code') return `${value} ${sets.get(field.set)?.find((item) => item.code === value)?.name ?? ''}`
  const target = field.kind === 'reference' ? book.records.get(String(value)) : undefined
  return target ? Object.values(book.title(target)).join(' ') : String(value)
}

export function rowCalls(book: FakeBook, sets: CodeSets): FakeCalls {
  const views = new Map<number, FakeRecord[]>()
  let last = 0

  function select(query: ListQuery): FakeRecord[] {
    const def = book.def(query.entity)
    const text = query.text.trim()
    const found = book.of(query.entity).filter((record) => {
      if (!def.any_year && query.fiscal_year !== null && record.year !== query.fiscal_year) return false
      if (query.only_with_findings && findingsOf(book, record).length === 0) return false
      if (text && !Object.values(record.values).some((value) => String(value ?? '').includes(text))) return false
      return query.filters.every((filter) => fits(book, sets, record, filter))
    })
    for (const { field: name, descending } of [...query.sort].reverse()) {
      const field = def.fields.find((known) => known.name === name)!
      const key = (record: FakeRecord): FakeValue => {
        const value = book.value(record, field)
        const target = field.kind === 'reference' ? book.records.get(String(value)) : undefined
        return target ? book.title(target).code : value
      }
      const keys = new Map(found.map((record) => [record.id, key(record)]))
      found.sort((a, b) => compare(keys.get(a.id)!, keys.get(b.id)!) * (descending ? -1 : 1))
    }
    return found
  }

  const viewOf = (view: number): FakeRecord[] => {
    const records = views.get(view)
    if (!records) throw refuse('not_found', '列表已过期，请重新打开')
    return records
  }

  const answer = (label: string, touched: readonly string[], created: string[] = []) => {
    const rows: Record<string, Window> = {}
    const alive = touched.map((id) => book.records.get(id)).filter((record) => record !== undefined)
    for (const record of alive.slice(0, 500)) (rows[record.entity] ??= { rows: [], labels: {} })
    for (const entity of Object.keys(rows)) rows[entity] = windowOf(book, alive.slice(0, 500).filter((record) => record.entity === entity))
    return { label, ops: touched.length, created, rows, changes: book.changes, saved_at_ms: Date.now() }
  }

  const allFindings = (): Finding[] => [...book.records.values()].filter((record) => !record.deleted).flatMap((record) => findingsOf(book, record))
  const sum = (records: readonly FakeRecord[], entity: string, name: string): number => {
    const field = book.def(entity).fields.find((known) => known.name === name)!
    return records.reduce((total, record) => total + Number(book.value(record, field) ?? 0), 0)
  }

  return {
    rows_open: (query: ListQuery) => {
      views.set(++last, select(query))
      return { view: last, total: views.get(last)!.length, sums: {}, changes: book.changes }
    },
    rows_window: ({ view, offset, limit }: WindowRequest) => windowOf(book, viewOf(view).slice(offset, offset + Math.min(limit, 1000)).map((record) => book.records.get(record.id) ?? record)),
    rows_position: ({ view, id }: { view: number; id: string }) => {
      const index = viewOf(view).findIndex((record) => record.id === id)
      return { index: index < 0 ? null : index }
    },
    record: ({ id }: { id: string }) => windowOf(book, [book.get(id)]),
    totals: ({ query, group, fields }: TotalsRequest) => {
      const groups = new Map<FakeValue, FakeRecord[]>()
      for (const record of select(query)) {
        const key = group === null ? null : (record.values[group] ?? null)
        groups.set(key, [...(groups.get(key) ?? []), record])
      }
      const records = [...groups.values()].map((list) => list[0]!)
      const lines = [...groups].map(([key, list]) => ({ group: key, count: list.length, sums: fields.map((name) => sum(list, query.entity, name)) }))
      return { lines, labels: windowOf(book, records).labels }
    },
    apply: ({ label, edits }: Edits) => {
      const { created, touched } = book.apply(label, edits)
      return answer(label, touched, created)
    },
    undo: () => {
      const { label, touched } = book.undo()
      return answer(label, touched)
    },
    redo: () => {
      const { label, touched } = book.redo()
      return answer(label, touched)
    },
    submit: () => ({ lines: 1, mandatory: 1, unexplained: 0 }),
    findings: ({ entity, rule, record, offset, limit }: FindingsRequest) => ({
      items: allFindings().filter((finding) => (!entity || finding.entity === entity) && (!rule || finding.rule === rule) && (!record || finding.record === record))
        .slice(offset, offset + limit).map((finding) => {
          const found = book.get(finding.record)
          const { code, name } = book.title(found)
          const def = book.def(finding.entity)
          const unit = book.records.get(String(found.values.agency))
          return { finding, unit: unit ? book.title(unit) : null, record_code: code, record_name: name, field_label: def.fields.find((field) => field.name === finding.field)?.label.zh ?? '', entity_label: def.label.zh, reason: null }
        }),
    }),
    finding_counts: () => {
      const counts = new Map<string, number>()
      for (const { entity } of allFindings()) counts.set(entity, (counts.get(entity) ?? 0) + 1)
      return [...counts].map(([entity, count]) => ({ entity, entity_label: book.def(entity).label.zh, rule: 'GEN-001', severity: 'mandatory', count, explained: 0, zh: '必填项不得为空' }))
    },
    rules: () => [],
    search: ({ text, limit }: { text: string; limit: number }) => [...book.records.values()]
      .filter((record) => !record.deleted && Object.values(book.title(record)).some((part) => part.includes(text))).slice(0, limit)
      .map((record) => ({ entity: record.entity, entity_label: book.def(record.entity).label.zh, id: record.id, ...book.title(record), fiscal_year: record.year })),
    history: () => [],
    log: () => book.log.map(({ label, ops }, index) => ({ batch: index + 1, at_ms: Date.now(), actor: '次仁卓玛', label, kind: 'do', ops, undone: false })).reverse(),
    home: ({ fiscal_year }: { fiscal_year: number }) => {
      const of = (entity: string): FakeRecord[] => book.of(entity).filter((record) => record.year === fiscal_year)
      const counts = Object.fromEntries(['agency', 'project', 'budget_line', 'income_line', 'allotment'].map((entity) => [entity, of(entity).length]))
      const budget = Object.fromEntries(['apply_up', 'fin_audit_money', 'reply_amt'].map((name) => [name, sum(of('budget_line'), 'budget_line', name)]))
      return { counts, mandatory: allFindings().length, advisory: 0, explained: 0, agencies_without_lines: 0, budget, allotted: sum(of('allotment'), 'allotment', 'amount') }
    },
  } as FakeCalls
}

function compare(a: FakeValue, b: FakeValue): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  return a < b ? -1 : 1
}
