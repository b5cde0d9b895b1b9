// The living state of one sheet: selection, mode, scroll position, drafts, the queue of changes on
// their way to the backend. No keys and no mouse here (commands.ts, pointer.ts), no editor
// (editor.ts), no drawing (painter.ts): those all act through this.
import { computed, ref, shallowReactive, shallowRef, toRaw } from 'vue'
import { fontSize, rowHeight as preferredRowHeight } from '../kit/preferences'
import { t } from '../kit/i18n'
import { changeOf, reportOf, resolveEntries, unresolved, type Block, type Entry } from './edits'
import { layoutColumns, revealCell, type Viewport } from './geometry'
import { Lines, type Line } from './lines'
import { CellModel } from './model'
import { exactHits, firstHits } from './picker'
import { clampCell, goTo, rangeOf, sameCell, type Bounds, type Cell, type Selection } from './selection'
import { arraySource } from './sources'
import type {
  Change, Column, Created, Gesture, GridRow, GridSelection, GridView, MoneyUnit, Moved, Option, Resolve, RowSource, Suggest, Totals,
} from './types'
import type { Mode } from './keymap'
import { emptyView } from './types'

export interface SheetProps {
  columns: Column[]
  source: RowSource
  /** Name of the sheet for assistive technology. */
  label: string
  /**
   * Writes one change and resolves when the source shows it, with the records it made of lines past the end (none said:
   * those are at the end of the source); rejects with an Error whose message a clerk can read. Called strictly one after
   * another. Without it the sheet is read-only.
   */
  save?: (change: Change) => Promise<Created | void>
  view?: GridView
  moneyUnit?: MoneyUnit
  enterMoves?: 'down' | 'right'
  /** Shows a blank last line; what is typed or pasted from there on makes new rows, at the end. */
  canAppend?: boolean
  /** A new row was asked for: the blank last line is offered whatever the order, until it is asked for no more. */
  appendAsked?: boolean
  readonly?: boolean
  totals?: Totals
  suggest?: Suggest
  resolve?: Resolve
  /** Finds the next finding in rows that are not loaded; without it only loaded rows are searched. */
  seekFinding?: (from: { row: number; key: string }, step: 1 | -1) => Promise<{ row: number; key: string } | null>
}

export interface SheetEvents {
  change: [Change]
  select: [GridSelection]
  'update:view': [GridView]
  undo: []
  redo: []
  /** A tree row should fold or unfold. */
  toggle: [row: number, open: boolean, of: GridRow]
  addRow: [after: number]
  deleteRows: [rows: { from: number; to: number; ids: string[] }]
  /** F4 on a lookup cell: show the full-size list; `accept` puts the choice into the cell. */
  browse: [column: Column, row: number, accept: (option: Option) => void]
  /** Alt+Enter or a double click on the row number: open this record. */
  open: [row: number, of: GridRow]
  /** The same on the blank last line, where there is no record yet. */
  openNothing: []
  /** A sentence for the status bar or a toast. */
  notice: [text: string]
}

export type Emit = <K extends keyof SheetEvents>(event: K, ...payload: SheetEvents[K]) => void

/** One change is one message to the backend and one entry of its log. */
export const MOST_CELLS = 200_000

export const asMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export function useSheet(props: SheetProps, emit: Emit) {
  const model = new CellModel(arraySource())
  const mode = ref<Mode>('nav')
  const selection = shallowRef<Selection>({ anchor: { row: 0, col: 0 }, head: { row: 0, col: 0 } })
  const viewport = shallowReactive<Viewport>({ scrollTop: 0, scrollLeft: 0, width: 1000, height: 600 })
  /** Counts up whenever any cell may look different. */
  const epoch = ref(0)
  /** Counts up when rows arrived that nothing but the painter shows. */
  const landed = ref(0)
  const rowCount = ref(0)
  const lines = new Lines()
  let scroller: HTMLElement | undefined

  const view = computed(() => props.view ?? emptyView())
  const columns = computed(() => {
    const shown = props.columns.filter((column) => !view.value.hidden.includes(column.key))
    return [...shown.filter((column) => column.frozen), ...shown.filter((column) => !column.frozen)]
  })
  const rowHeight = computed(() => preferredRowHeight.value)
  const layout = computed(() => {
    const scale = fontSize.value / 13
    const widths = columns.value.map((column) => Math.round((view.value.widths[column.key] ?? column.width) * scale))
    return layoutColumns(widths, columns.value.filter((column) => column.frozen).length)
  })
  const readonly = computed(() => Boolean(props.readonly) || !props.save)
  /** New rows go to the end, so they are only offered while the end is where a person sees it. */
  const appendable = computed(() => {
    const natural = !view.value.sort && Object.values(view.value.filters).every((text) => text === '')
    return ((Boolean(props.canAppend) && natural) || Boolean(props.appendAsked)) && !readonly.value
  })
  const bounds = computed<Bounds>(() => ({ rows: rowCount.value + (appendable.value ? 1 : 0), cols: columns.value.length }))
  const range = computed(() => rangeOf(selection.value))
  const active = computed(() => selection.value.anchor)
  const activeColumn = computed(() => columns.value[active.value.col])

  /** Call after anything in the model changed. */
  function refresh(): void {
    model.columns = columns.value
    model.allColumns = props.columns
    model.readonly = readonly.value
    model.context = { moneyUnit: props.moneyUnit ?? 'yuan' }
    rowCount.value = model.rowCount
    const { anchor, head } = selection.value
    const inside = { anchor: clampCell(anchor, bounds.value), head: clampCell(head, bounds.value) }
    if (!sameCell(inside.anchor, anchor) || !sameCell(inside.head, head)) selection.value = inside
    epoch.value++
  }

  /** Where a line of `then` is now: where it was unless the rows were reordered meanwhile; null when its record is gone. */
  function rowOf(line: Line, then: number): number | null {
    const { id, row } = lines.now(line, then)
    if (id === null || model.id(row) === id) return row
    for (let index = 0; index < model.source.count; index++) if (model.source.row(index)?.id === id) return index
    return null
  }

  function follow(source: RowSource): () => void {
    model.source = source
    refresh()
    return source.subscribe((change) => {
      if (change.kind === 'anew') renewed(change.was, change.moved)
      const [from, to] = change.kind === 'rows' ? [change.from, change.to] : [0, model.overlay.empty ? 0 : source.count]
      model.overlay.grown(source.count, (row) => model.id(row))
      for (let index = from; index < to; index++) {
        const row = source.row(index)
        if (row) model.overlay.refresh(row)
      }
      const onlyPainted = change.kind === 'rows' && model.rowCount === rowCount.value && (to <= range.value.top || from > range.value.bottom)
      if (onlyPainted) landed.value++
      else refresh()
    })
  }

  /** The cursor stays on its record, what was typed past the end stays there. */
  function renewed(was: number, moved: Moved | null): void {
    const { count } = model.source
    lines.moved(was, count)
    model.overlay.moved(was, count)
    const by = active.value.row >= was ? count - was : moved ? moved.to - moved.from : 0
    if (by === 0) return
    const shifted = ({ row, col }: Cell): Cell => ({ row: Math.max(0, row + by), col })
    selection.value = { anchor: shifted(selection.value.anchor), head: shifted(selection.value.head) }
    if (scroller) scroller.scrollTop += by * rowHeight.value
  }

  /** Written past Vue on purpose: while the sheet scrolls nothing may render but the painter's rows. */
  function scrolledTo(top: number, left: number): void {
    Object.assign(toRaw(viewport), { scrollTop: top, scrollLeft: left })
  }

  function attach(element: HTMLElement): void {
    scroller = element
  }

  function select(next: Selection): void {
    selection.value = next
    reveal(next.head)
  }

  const go = (cell: Cell, extend = false): void => select(goTo(selection.value, cell, extend, bounds.value))

  function reveal(cell: Cell): void {
    const to = revealCell(layout.value, viewport, rowHeight.value, cell)
    if (!scroller) return
    if (to.top !== viewport.scrollTop) scroller.scrollTop = to.top
    if (to.left !== viewport.scrollLeft) scroller.scrollLeft = to.left
  }

  function scrollToFirstColumn(): void {
    if (scroller) scroller.scrollLeft = 0
  }

  /** Runs at once when the rows are here, else after they have been read. */
  function withRows(from: number, to: number, run: () => void): void {
    let here = true
    for (let row = from; row < Math.min(to, model.source.count) && here; row++) here = model.loaded(row)
    if (here) return run()
    emit('notice', t('grid.reading', { n: to - from }))
    model.source.load(from, to).then(run, (error: unknown) => emit('notice', asMessage(error)))
  }

  // ---- changes: shown at once, written one after another

  let lastChange = 0
  let writing: Promise<void> = Promise.resolve()

  function submit(block: Block): void {
    const id = ++lastChange
    if (block.entries.length > MOST_CELLS) return emit('notice', t('grid.big', { n: MOST_CELLS }))
    const resolve = resolver(block.gesture)
    const open = unresolved(model, block.entries)
    if (resolve && open.size > 0) void submitResolved(block, open, id, resolve)
    else finish(changeOf(model, block, id))
  }

  /** How texts of lookup cells are understood: typed ones as the list would, others only when they match exactly. */
  function resolver(gesture: Gesture): Resolve | undefined {
    const { suggest, resolve } = props
    if (gesture === 'pick' && suggest) return (column, texts) => firstHits(column, texts, suggest)
    if (resolve) return resolve
    return suggest && ((column, texts) => exactHits(column, texts, suggest))
  }

  /** Shows the texts as they are while their meaning is being looked up, then submits what they mean. */
  async function submitResolved(block: Block, open: Set<Entry>, id: number, resolve: Resolve): Promise<void> {
    const asTyped = block.entries.map((entry) => (open.has(entry) ? { ...entry, text: undefined, value: entry.text!, label: entry.text } : entry))
    const provisional = changeOf(model, { ...block, entries: asTyped }, id)
    if (provisional) model.overlay.add(provisional)
    refresh()
    const placed = pin(block.entries)
    const entries = await resolveEntries(block.entries, open, resolve).catch((error: unknown) => {
      emit('notice', asMessage(error))
      return asTyped.map((entry, index) => (open.has(block.entries[index]!) ? { ...entry, problem: asMessage(error) } : entry))
    })
    model.overlay.discard(id)
    finish(changeOf(model, { ...block, entries: placed(entries) }, id))
  }

  /** Remembers which records `entries` are for; later puts entries, one for each of them, where these are then. */
  function pin(entries: Entry[]): (later: Entry[]) => Entry[] {
    const then = lines.mark()
    const pinned = entries.map(({ row, text, label }) => ({ line: { id: model.id(row), row }, text: text ?? label ?? '' }))
    return (later) => later.flatMap((entry, index) => {
      const { line, text } = pinned[index]!
      const row = rowOf(line, then)
      if (row === null) emit('notice', t('grid.gone', { text }))
      return row === null ? [] : [{ ...entry, row }]
    })
  }

  function finish(change: Change | null): void {
    if (change && change.patches.length > 0) {
      model.overlay.add(change)
      const then = lines.mark()
      writing = writing.then(() => write(change, then))
      emit('change', change)
    }
    refresh()
    if (change && (change.rows * change.columns > 1 || change.skipped > 0)) emit('notice', reportOf(change))
  }

  async function write(change: Change, then: number): Promise<void> {
    // Lines that did not exist when this was typed may have become records by the change before it.
    for (const patch of change.patches) Object.assign(patch, lines.now(patch, then))
    const begun = lines.mark()
    const first = model.source.count
    try {
      const created = (await props.save?.(change)) ?? idsFrom(first)
      created.forEach((id, at) => lines.made(lines.now({ id: null, row: first + at }, begun).row, id))
      model.overlay.settle(change.id)
    } catch (error) {
      model.overlay.refuse(change.id, t('grid.refused', { reason: asMessage(error) }))
      emit('notice', refusalOf(change) ?? t('grid.refused', { reason: asMessage(error) }))
    }
    model.overlay.grown(model.source.count, (row) => model.id(row))
    refresh()
  }

  /** Ids of the records at the end of the source, from a row on. */
  function idsFrom(row: number): Created {
    const rows = Array.from({ length: Math.max(0, model.source.count - row) }, (_, at) => model.id(row + at))
    return rows.filter((id) => id !== null)
  }

  /** Of a refused change of one cell: the reason with both figures, as the cell says it. */
  function refusalOf({ patches }: Change): string | undefined {
    const [patch] = patches
    const row = patch && patches.length === 1 ? rowOf(patch, lines.mark()) : null
    const column = patch && columns.value.find((one) => one.key === patch.key)
    return row === null || !column ? undefined : model.finding(row, column)?.message
  }

  /** Selected cells that hold something marked and not saved. */
  function markedCells(): { row: number; key: string }[] {
    const { top, bottom, left, right } = range.value
    const keys = columns.value.slice(left, right + 1).map((column) => column.key)
    const cells: { row: number; key: string }[] = []
    for (let row = top; row <= bottom; row++) {
      const drafts = model.overlay.drafts(model.id(row), row)
      if (drafts) cells.push(...keys.filter((key) => drafts.get(key)?.problem).map((key) => ({ row, key })))
    }
    return cells
  }

  /** Gives up what is marked in the selected cells: they show again what the source says. */
  function giveUp(): void {
    const cells = markedCells()
    const text = activeColumn.value ? model.text(active.value.row, activeColumn.value) : ''
    for (const { row, key } of cells) model.overlay.drop(model.id(row), row, key)
    refresh()
    emit('notice', cells.length === 1 ? t('grid.gaveUp', { text }) : t('grid.gaveUp.many', { n: cells.length }))
  }

  const setView = (changes: Partial<GridView>): void => emit('update:view', { ...view.value, ...changes })

  function describe(): GridSelection {
    const { row } = active.value
    const column = activeColumn.value
    return {
      row,
      key: column?.key ?? '',
      id: model.id(row),
      title: column?.title ?? '',
      text: column ? model.text(row, column) : '',
      finding: column ? model.finding(row, column) : null,
      rows: range.value.bottom - range.value.top + 1,
      columns: range.value.right - range.value.left + 1,
    }
  }

  return {
    props, emit, model, mode, selection, range, active, activeColumn, viewport, epoch, landed, rowCount, view, columns, rowHeight,
    layout, readonly, appendable, bounds, refresh, follow, scrolledTo, attach, select, go, reveal, scrollToFirstColumn, withRows, rowOf, mark: () => lines.mark(),
    submit, pin, giveUp, markedCells, setView, describe,
    /** Resolves when every change made so far has been written or refused. */
    settled: () => writing,
  }
}

export type Sheet = ReturnType<typeof useSheet>
