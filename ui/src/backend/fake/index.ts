// A desk in memory for unit tests and for looking at screens without the program: the same documents
// and code sets as the real one, the same calls as far as screens use them. It knows no rules except
// that required fields are missed, keeps nothing, and is never part of a build.
import type { EntityDef } from '../../generated/EntityDef'
import type { CallName } from '../index'
import type { Door } from '../door'
import { FakeBook, refuse } from './book'
import { codeCalls, readCodeSets } from './codes'
import { rowCalls } from './rows'
import { seed } from './seed'
import { syncCalls } from './sync'

const documents = import.meta.glob<EntityDef>('../../../../schemas/entities/*.json', { eager: true, import: 'default' })

export { aloneState, trayOf } from './sync'

export const fakeEntities = (): EntityDef[] => Object.values(documents)

export type FakeCalls = Partial<Record<CallName, (request: never) => unknown>>

export interface FakeDoor extends Door {
  book: FakeBook
  /** Every call so far, oldest first. */
  asked: { name: string; request: unknown }[]
  /** Takes the place of calls, to fail on purpose or to add some. */
  calls: FakeCalls
}

/** `params`: rows=100000 adds that many budget lines, empty starts without records, start shows the first page, sync
 * has disputes and a tray. */
export async function fakeDoor(params = new URLSearchParams()): Promise<FakeDoor> {
  const sets = await readCodeSets()
  const book = new FakeBook(fakeEntities())
  if (!params.has('empty')) seed(book, Number(params.get('rows') ?? 0))
  const calls = { ...bookCalls(book, params.has('start')), ...codeCalls(book, sets), ...rowCalls(book, sets), ...syncCalls(params.has('sync')) } as FakeCalls
  const asked: FakeDoor['asked'] = []
  return {
    native: false, book, asked, calls,
    async call(name, request) {
      asked.push({ name, request })
      const run = calls[name as CallName] as ((request: unknown) => unknown) | undefined
      if (!run) throw { code: 'bad_request', message: `没有“${name}”这个调用`, field: null }
      // A real desk gives back copies: nothing on a screen may share an object with it.
      return structuredClone(await run(JSON.parse(JSON.stringify(request))))
    },
    chooseFile: () => Promise.resolve(null),
    takeFile: (file) => Promise.resolve({ path: `/fake/${file.name}`, name: file.name }),
    chooseTarget: ({ suggested }) => Promise.resolve({ path: `/fake/${suggested}`, name: suggested }),
    chooseFolder: () => Promise.resolve(null),
    deliver: () => Promise.resolve(),
  }
}

function bookCalls(book: FakeBook, atStart: boolean): FakeCalls {
  let open = !atStart
  const state = () => ({
    info: open ? { division: '410823000', division_name: '武陟县', year: 2026, name: '武陟县2026年预算', created_at_ms: Date.UTC(2026, 0, 5), book_id: 'fake' } : null,
    path: open ? '/home/clerk/武陟县2026.book' : '', actor: '次仁卓玛', changes: book.changes, undo: book.undoLabel, redo: book.redoLabel,
    replayed: 0, journal_fault: null, program_version: '0.1.0', start_problem: null, suggested_folder: '/home/clerk/算盘', damage: [], findings_stale: false, amended: 0,
  })
  const settings = new Map<string, unknown>()
  return {
    book_state: state,
    book_create: () => ((open = true), state()),
    book_open: ({ path }: { path: string }) => {
      if (!path.endsWith('.book')) throw refuse('not_found', `没有“${path}”这个文件`)
      open = true
      return state()
    },
    book_close: () => ((open = false), {}),
    entities: () => fakeEntities(),
    setting: ({ key }: { key: string }) => ({ key, value: settings.get(key) ?? null }),
    put_setting: ({ key, value }: { key: string; value: unknown }) => (settings.set(key, value), {}),
  } as FakeCalls
}
