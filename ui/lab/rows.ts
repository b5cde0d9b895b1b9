// 100,000 × 20 synthetic rows served like a backend would: in windows, asynchronously, with edits
// kept in memory. The same rows every time (no randomness), so that pictures and tests are stable.
import { formatMoney } from '../src/fields'
import { windowedSource } from '../src/grid/sources'
import type { Change, Column, GridRow, Value } from '../src/grid/types'
import { codes } from './codes'

const UNITS = ['圪垱店乡', '财政所', '农业综合服务中心', '卫生院', '中心小学', '镇政府机关']
const PROJECTS = ['农村公路养护', '村级组织经费', '人居环境整治', '乡镇机关运转', '防汛抗旱', '义务教育营养改善', '高标准农田建设', '文化站免费开放']

export const columns: Column[] = [
  { key: 'agency', title: '预算单位', width: 190, field: { kind: 'text' }, frozen: true, tree: true, locked: true },
  { key: 'name', title: '项目名称', width: 170, field: { kind: 'text', max: 60 }, frozen: true },
  { key: 'func', title: '功能分类科目', width: 200, field: { kind: 'code', set: 'functional' } },
  { key: 'budget', title: '年初预算数', width: 120, field: { kind: 'money' } },
  { key: 'general', title: '一般公共预算', width: 120, field: { kind: 'money' } },
  { key: 'total', title: '合计', width: 120, field: { kind: 'money' }, locked: true, help: '年初预算数与一般公共预算之和' },
  { key: 'urgent', title: '民生', width: 60, field: { kind: 'bool' } },
  { key: 'year', title: '年度', width: 70, field: { kind: 'year' } },
  { key: 'begin', title: '开始日期', width: 110, field: { kind: 'date' } },
  { key: 'people', title: '人数', width: 80, field: { kind: 'integer' } },
  { key: 'area', title: '面积', width: 90, field: { kind: 'decimal', scale: 2 } },
  { key: 'note', title: '备注', width: 160, field: { kind: 'multiline', max: 200 } },
  ...Array.from({ length: 8 }, (_, i): Column => ({ key: `m${i + 1}`, title: `${i + 1} 月`, width: 110, field: { kind: 'money' } })),
]

/** Figures that look uneven but are always the same: 分. */
const figure = (row: number, salt: number): number => ((row * 7919 + salt * 104_729) % 50_000_000) + 1_00

function makeRow(index: number, edits: Map<string, Value> | undefined): GridRow {
  const head = index % 20 === 0
  const code = codes[(index * 37) % codes.length]!
  const values: Record<string, Value> = {
    agency: head ? UNITS[0]! : UNITS[1 + (index % 5)]!, name: PROJECTS[index % PROJECTS.length]! + `${index % 30}期`,
    func: code.value, budget: figure(index, 1), general: figure(index, 2), urgent: index % 3 === 0, year: 2026,
    begin: `2026-0${1 + (index % 9)}-15`, people: index % 90, area: `${index % 700}.5`, note: null,
  }
  for (let month = 1; month <= 8; month++) values[`m${month}`] = figure(index, 10 + month)
  for (const [key, value] of edits ?? []) values[key] = value
  values.total = (typeof values.budget === 'number' ? values.budget : 0) + (typeof values.general === 'number' ? values.general : 0)
  const chosen = codes.find((option) => option.value === values.func)
  return {
    id: `r${index}`, values, depth: head ? 0 : 1, kids: head, open: head,
    labels: chosen ? { func: `${chosen.code} ${chosen.name}` } : undefined,
    findings: findingsOf(index, values), locked: index % 50 === 7 ? ['budget'] : undefined,
  }
}

function findingsOf(index: number, values: Record<string, Value>): GridRow['findings'] {
  if (index % 40 === 3) return { budget: { severity: 'error', message: `超出控制数 ${formatMoney(45_000_000, 'wan')} 万元` } }
  if (index % 40 === 11) return { name: { severity: 'warning', message: '与上年项目同名，请核对' } }
  const bad = Object.entries(values).find(([key, value]) => /^(budget|general|m\d)$/.test(key) && typeof value === 'string')
  return bad ? { [bad[0]]: { severity: 'error', message: '请填金额（数字），如 1,234.50' } } : undefined
}

export function labSource(rows: number) {
  const edits = new Map<number, Map<string, Value>>()
  let count = rows
  const source = windowedSource((from, to) => {
    const page = Array.from({ length: Math.max(0, Math.min(to, count) - from) }, (_, i) => makeRow(from + i, edits.get(from + i)))
    return Promise.resolve({ rows: page, count })
  })
  async function save(change: Change): Promise<void> {
    for (const patch of change.patches) {
      const row = edits.get(patch.row) ?? new Map<string, Value>()
      edits.set(patch.row, row.set(patch.key, patch.value))
      count = Math.max(count, patch.row + 1)
    }
    const touched = change.patches.map((patch) => patch.row)
    if (change.appended > 0) await source.reload()
    else await source.refresh(Math.min(...touched), Math.max(...touched) + 1)
  }
  return { source, save }
}
