// The two ready-made row sources: an array (small lists, up to ~50,000 rows) and windows fetched
// over an asynchronous call (anything longer). Neither draws, sorts or filters: a new order is a
// `reload`, done by whoever owns the data.
import type { GridRow, Moved, RowSource, SourceChange } from './types'

/** Rows per fetched window: one call is ~80 KB of JSON at 20 columns. */
export const WINDOW = 200
/** Windows kept in memory: 200 × 200 rows, a few tens of MB at most. */
const KEPT_WINDOWS = 200
/** Rows are fetched ahead for as many steps as this, at the pace and in the direction of the last one (half a second at 60 frames/s). */
const STEPS_AHEAD = 30
/** … but never more rows than this. */
const MOST_AHEAD = 3 * WINDOW
/** Calls under way at once for scrolling; a fling asks only for what is still on screen. */
const IN_FLIGHT = 2

function listeners() {
  const all = new Set<(change: SourceChange) => void>()
  return {
    tell: (change: SourceChange) => all.forEach((listener) => listener(change)),
    subscribe(listener: (change: SourceChange) => void) {
      all.add(listener)
      return () => void all.delete(listener)
    },
  }
}

export interface ArraySource extends RowSource {
  replace(rows: readonly GridRow[]): void
  /** One row became another (a saved edit came back). */
  update(index: number, row: GridRow): void
}

export function arraySource(initial: readonly GridRow[] = []): ArraySource {
  let rows = [...initial]
  const { tell, subscribe } = listeners()
  return {
    get count() {
      return rows.length
    },
    row: (index) => rows[index],
    ensure: () => undefined,
    load: () => Promise.resolve(),
    subscribe,
    replace(next) {
      rows = [...next]
      tell({ kind: 'reset' })
    },
    update(index, row) {
      rows[index] = row
      tell({ kind: 'rows', from: index, to: index + 1 })
    },
  }
}

/** One window of rows and the length of the whole list at that moment. */
export interface Page {
  rows: GridRow[]
  count: number
}

export interface WindowedSource extends RowSource {
  /** Rows were added at the end: keeps showing the old ones until they are here. */
  reload(): Promise<void>
  /** It is another list (sort, filter, undo, what others did), in which a row that is looked at has moved. */
  renew(moved: Moved | null): Promise<void>
  /** Only these rows changed. */
  refresh(from: number, to: number): Promise<void>
  /** The last fetch that failed, for a status line; null when all is well. */
  readonly failure: unknown
}

/** Rows in windows of 200 from `fetchPage(from, to)`. Call `reload()` once to begin. */
export function windowedSource(fetchPage: (from: number, to: number) => Promise<Page>): WindowedSource {
  const { tell, subscribe } = listeners()
  let windows = new Map<number, GridRow[]>()
  /** Windows whose rows are shown but out of date. */
  let stale = new Set<number>()
  const flying = new Map<number, Promise<void>>()
  let wished: number[] = []
  /** Windows on the screen at the last `ensure`: a reload brings these back first. */
  let viewed: number[] = [0]
  /** First row on the screen at the last `ensure`, and how many rows it moved (down > 0); 0 after a jump. */
  let top = 0
  let pace = 0
  let count = 0
  let generation = 0
  let failure: unknown = null

  const indices = (from: number, to: number): number[] => {
    const first = Math.floor(Math.max(0, from) / WINDOW)
    const last = Math.ceil(Math.min(count, to) / WINDOW)
    return Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset)
  }
  /** Windows that scrolling on as now will show, nearest first. */
  function ahead(from: number, to: number): number[] {
    const step = from - top
    top = from
    // Painting again in the same place says nothing about the direction.
    if (step !== 0) pace = Math.abs(step) > to - from ? 0 : step
    const rows = Math.min(MOST_AHEAD, Math.abs(pace) * STEPS_AHEAD)
    return pace < 0 ? indices(from - rows, from).reverse() : indices(to, to + rows)
  }

  const missing = (index: number): boolean => !windows.has(index) || stale.has(index)

  function store(index: number, page: Page): void {
    windows.delete(index)
    windows.set(index, page.rows)
    stale.delete(index)
    const was = count
    count = page.count
    if (count !== was) tell({ kind: 'anew', was, moved: null })
    else tell({ kind: 'rows', from: index * WINDOW, to: index * WINDOW + page.rows.length })
  }

  function fetchWindow(index: number): Promise<void> {
    const under = flying.get(index)
    if (under) return under
    const asked = generation
    const call = fetchPage(index * WINDOW, (index + 1) * WINDOW).then(
      (page) => {
        if (asked !== generation) return
        failure = null
        store(index, page)
      },
      (error: unknown) => {
        if (asked === generation) failure = error
        throw error
      },
    ).finally(() => {
      if (flying.get(index) === call) flying.delete(index)
      fetchWished()
    })
    flying.set(index, call)
    return call
  }

  function fetchWished(): void {
    while (flying.size < IN_FLIGHT && wished.length > 0) {
      const index = wished.shift()!
      if (missing(index)) fetchWindow(index).catch(() => undefined)
    }
  }

  /** Forgets the windows used longest ago, never those in `needed`. */
  function forget(needed: number[]): void {
    const keep = new Set(needed)
    for (const index of windows.keys()) {
      if (windows.size <= Math.max(KEPT_WINDOWS, needed.length)) return
      if (!keep.has(index)) windows.delete(index)
    }
  }

  async function readAgain(told: (was: number) => SourceChange): Promise<void> {
    generation++
    flying.clear()
    wished = []
    stale = new Set(windows.keys())
    const asked = generation
    const pages = await Promise.all(viewed.map(async (index) => [index, await fetchPage(index * WINDOW, (index + 1) * WINDOW)] as const))
    if (asked !== generation) return
    // Old rows may have moved: all go at once, now that what is on the screen is here.
    windows = new Map(pages.map(([index, page]) => [index, page.rows]))
    stale = new Set()
    const was = count
    count = pages.at(-1)![1].count
    failure = null
    tell(told(was))
  }

  const source: WindowedSource = {
    get count() {
      return count
    },
    get failure() {
      return failure
    },
    row: (index) => windows.get(Math.floor(index / WINDOW))?.[index % WINDOW],
    ensure(from, to) {
      const needed = indices(from, to)
      if (needed.length > 0) viewed = needed
      wished = [...new Set([...needed, ...ahead(from, to)])].filter(missing)
      forget(needed)
      fetchWished()
    },
    async load(from, to) {
      const needed = indices(from, to)
      const wanted = needed.filter(missing)
      for (let at = 0; at < wanted.length; at += IN_FLIGHT) await Promise.all(wanted.slice(at, at + IN_FLIGHT).map(fetchWindow))
      forget(needed)
    },
    subscribe,
    reload: () => readAgain(() => ({ kind: 'reset' })),
    renew: (moved) => readAgain((was) => ({ kind: 'anew', was, moved })),
    async refresh(from, to) {
      const touched = indices(from, to).filter((index) => windows.has(index))
      touched.forEach((index) => stale.add(index))
      touched.forEach((index) => flying.delete(index))
      await Promise.all(touched.map(fetchWindow))
    },
  }
  return source
}
