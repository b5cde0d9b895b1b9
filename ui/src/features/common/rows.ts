// A list of the desk as a row source for the sheet: windows of 200 rows of a frozen order, optional
// headings per group, new rows at the end, sums. Reading only; EntityGrid.vue writes.
import { call, isFailure } from '../../backend'
import type { EntityDef } from '../../generated/EntityDef'
import type { Filter } from '../../generated/Filter'
import type { ListQuery } from '../../generated/ListQuery'
import type { Sort } from '../../generated/Sort'
import type { Window } from '../../generated/Window'
import type { GridRow } from '../../grid/types'
import { windowedSource, type Page, type WindowedSource } from '../../grid/sources'
import { codeText, referenceText } from '../../form/choices'
import { fieldOf } from '../../form/documents'
import { t } from '../../words'
import { Grouped, inListOrder, type Group } from './groups'
import { gridRow, type Labels } from './gridRows'

/** The desk answers at most this many rows at once. */
const MOST_ROWS = 1_000

export interface RowsWish {
  year: number
  filters: Filter[]
  sort: Sort[]
  text: string
  onlyFindings: boolean
  /** A field to make headings of; null = a flat list. */
  group: string | null
  /** Keys of the columns on the sheet. */
  shown: string[]
}

export interface EntityRows {
  source: WindowedSource
  /** Opens the list anew as the wish is now, and shows it; the cursor at `stay` stays on its record. */
  open(stay?: { row: number; id: string | null }): Promise<void>
  /** Changes with every opening, at its beginning and at its end. */
  readonly opened: number
  /** What was asked for, as the desk understands it. */
  query(): ListQuery
  /** Records of the whole list (not lines of the sheet). */
  readonly total: number
  /** Records that were just created stay at the end, whatever the filter says, until the list is opened anew. */
  keep(created: readonly string[], window: Window | undefined): Promise<void>
  /** Rows that came back from a write. */
  update(window: Window | undefined): void
  /** Sums of the money fields in sight. */
  sums(): Promise<Record<string, number>>
  /** The line a record is on; null when it is not in this list. */
  lineOf(id: string): Promise<number | null>
  fold(line: number, open: boolean): Promise<void>
  /** The heading a line stands under. */
  groupAt(line: number): Group | undefined
  /** The next line at or after/before `line` whose record has findings, round the end. */
  nextWithFinding(line: number, step: 1 | -1): Promise<number | null>
}

const isHeading = (id: string): boolean => id.startsWith('group:')
export { isHeading }

export function entityRows(def: EntityDef, wish: () => RowsWish): EntityRows {
  let view = -1
  let marked = -1
  let opened = 0
  let total = 0
  let grouped: Grouped | null = null
  let extras: GridRow[] = []
  const folded = new Set<string>()

  const money = (): string[] => def.fields.filter((field) => field.kind === 'money' && !field.per_unit && (field.list || wish().shown.includes(field.name))).map((field) => field.name)

  function query(): ListQuery {
    const { year, filters, sort, text, onlyFindings, group } = wish()
    const order = group ? [{ field: group, descending: false }, ...sort.filter(({ field }) => field !== group)] : sort
    return { entity: def.entity, fiscal_year: year, filters, sort: order, only_with_findings: onlyFindings, text }
  }

  function rowsOf(window: Window, depth?: number): GridRow[] {
    const context = { def, labels: window.labels as Labels, shown: wish().shown, depth }
    return window.rows.map((row) => gridRow(row, context))
  }

  async function openView(): Promise<void> {
    opened++
    const list = await call('rows_open', query())
    view = list.view
    total = list.total
    marked = -1
    extras = []
    grouped = wish().group ? await readGroups() : null
    opened++
  }

  async function readGroups(): Promise<Grouped> {
    const group = wish().group!
    const field = fieldOf(def, group)!
    const names = money()
    const { lines, labels } = await call('totals', { query: query(), group, fields: names })
    const groups = lines.map(({ group: value, count, sums }) => {
      const key = JSON.stringify(value)
      const label = field.kind === 'reference' && typeof value === 'string' ? (labels as Labels)[field.entity]?.[value] : undefined
      const text = label ? referenceText(label) : field.kind === 'code' && typeof value === 'string' ? codeText(field.set, value) : String(value ?? '')
      return {
        key, value, title: text || t('group.none'), count, open: !folded.has(key),
        sums: Object.fromEntries(names.map((name, index) => [name, sums[index] ?? 0])),
        order: label ? label.code || null : value === null ? null : String(value),
      }
    })
    return new Grouped(inListOrder(groups))
  }

  const heading = (group: Group): GridRow => ({
    id: `group:${group.key}`, depth: 0, kids: true, open: group.open, locked: true, style: 'total',
    values: { ...group.sums, [wish().group!]: group.value },
    labels: { [wish().group!]: t('group.heading', { title: group.title, n: group.count }) },
  })

  /** Rows [from, to) of the list in as many windows as it takes. */
  async function listRows(from: number, to: number, depth?: number): Promise<GridRow[]> {
    const rows: GridRow[] = []
    for (let offset = from; offset < to; offset += MOST_ROWS) {
      const window = await call('rows_window', { view, offset, limit: Math.min(MOST_ROWS, to - offset) })
      rows.push(...rowsOf(window, depth))
    }
    return rows
  }

  async function groupedRows(groups: Grouped, from: number, to: number): Promise<GridRow[]> {
    const span = groups.rowsOf(from, to)
    const list = span ? await listRows(span.from, span.to, 1) : []
    return Array.from({ length: Math.max(0, Math.min(to, groups.lines) - from) }, (_, offset) => {
      const line = groups.at(from + offset)
      return 'heading' in line ? heading(line.heading) : list[line.row - span!.from]!
    })
  }

  async function page(from: number, to: number): Promise<Page> {
    const lines = grouped ? grouped.lines : total
    const rows = grouped ? await groupedRows(grouped, from, Math.min(to, lines)) : await listRows(from, Math.min(to, lines))
    const begin = Math.max(0, from - lines)
    if (to > lines) rows.push(...extras.slice(begin, to - lines))
    return { rows, count: lines + extras.length }
  }

  async function pageOrAnew(from: number, to: number): Promise<Page> {
    try {
      return await page(from, to)
    } catch (thrown) {
      // The desk keeps the newest views only: one that has gone is simply opened again.
      if (!isFailure(thrown, 'not_found')) throw thrown
      await openView()
      return page(from, to)
    }
  }

  const source = windowedSource(pageOrAnew)

  async function open(stay?: { row: number; id: string | null }): Promise<void> {
    const isFirst = view < 0
    await openView()
    const row = stay?.id && !isHeading(stay.id) ? await positionIn(view, stay.id) : null
    const line = row === null ? null : toLine(row)
    await (isFirst ? source.reload() : source.renew(line === null ? null : { from: stay!.row, to: line }))
  }

  async function positionIn(list: number, id: string): Promise<number | null> {
    return (await call('rows_position', { view: list, id })).index
  }

  const toLine = (row: number): number | null => (grouped ? grouped.lineOf(row) : row)

  async function unfold(row: number): Promise<void> {
    const group = grouped?.groupOf(row)
    if (!group || group.open) return
    folded.delete(group.key)
    grouped = new Grouped(grouped!.groups.map((other) => (other === group ? { ...other, open: true } : other)))
    await source.renew(null)
  }

  async function lineOf(id: string): Promise<number | null> {
    const extra = extras.findIndex((row) => row.id === id)
    if (extra >= 0) return (grouped ? grouped.lines : total) + extra
    const row = view < 0 ? null : await positionIn(view, id)
    if (row === null) return null
    await unfold(row)
    return toLine(row)
  }

  /** Line of the `n`-th record with findings. */
  async function markedLine(n: number): Promise<number | null> {
    const window = await call('rows_window', { view: marked, offset: n, limit: 1 })
    const id = window.rows[0]?.id
    return id === undefined ? null : lineOf(id)
  }

  async function nextWithFinding(line: number, step: 1 | -1): Promise<number | null> {
    const opened = await call('rows_open', { ...query(), only_with_findings: true })
    marked = opened.view
    if (opened.total === 0) return null
    // Both lists have the same order, so the lines of marked records ascend: halve the way.
    let low = 0
    let high = opened.total
    while (low < high) {
      const middle = (low + high) >> 1
      const at = await markedLine(middle)
      if (at !== null && (step > 0 ? at <= line : at < line)) low = middle + 1
      else high = middle
    }
    return markedLine((step > 0 ? low : low - 1 + opened.total) % opened.total)
  }

  return {
    source, open, query, lineOf, nextWithFinding,
    get total() {
      return total + extras.length
    },
    get opened() {
      return opened
    },
    async keep(created, window) {
      const rows = new Map((window ? rowsOf(window, grouped ? 1 : undefined) : []).map((row) => [row.id, row]))
      // The answer of a very large write leaves rows out: then the list is opened anew instead.
      if (created.some((id) => !rows.has(id))) return open()
      extras.push(...created.map((id) => rows.get(id)!))
      await source.reload()
    },
    update(window) {
      if (extras.length === 0 || !window) return
      const rows = new Map(rowsOf(window, grouped ? 1 : undefined).map((row) => [row.id, row]))
      extras = extras.map((row) => rows.get(row.id) ?? row)
    },
    async sums() {
      const names = money()
      if (names.length === 0) return {}
      const { lines } = await call('totals', { query: query(), group: null, fields: names })
      return Object.fromEntries(names.map((name, index) => [name, lines[0]?.sums[index] ?? 0]))
    },
    async fold(line, isOpen) {
      const found = grouped?.at(line)
      if (!grouped || !found || !('heading' in found)) return
      const { key } = found.heading
      if (isOpen) folded.delete(key)
      else folded.add(key)
      grouped = new Grouped(grouped.groups.map((group) => (group.key === key ? { ...group, open: isOpen } : group)))
      await source.renew(null)
    },
    groupAt(line) {
      if (!grouped || line >= grouped.lines) return undefined
      const found = grouped.at(line)
      return 'heading' in found ? found.heading : found.group
    },
  }
}
