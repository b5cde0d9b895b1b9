// Opening and creating a book from the start page: one attempt at a time, its failure kept so that the
// page can say in plain words what to do.
import { reactive, shallowReactive } from 'vue'
import { call, CallFailure, followJob, type Progress } from '../../backend'
import type { BookState } from '../../generated/BookState'
import type { CallError } from '../../generated/CallError'
import type { CreateBook } from '../../generated/CreateBook'
import { adoptBook } from '../common/desk'
import { noteRecent } from './recent'

/** A book that could not be opened or created. */
export interface Trouble {
  path: string
  error: CallError
}

export interface Opening {
  busy: boolean
  /** How far making the sample is. */
  progress: Progress | null
  trouble: Trouble | null
}

export interface Opener {
  state: Opening
  open(path: string): Promise<boolean>
  create(book: CreateBook): Promise<boolean>
  /** Makes the sample county at `path`, or opens the one that is there. */
  sample(path: string): Promise<boolean>
}

async function sampleAt(path: string, onProgress: (progress: Progress) => void): Promise<BookState> {
  try {
    await followJob(await call('book_sample', { path }), onProgress)
    return await call('book_state', {})
  } catch (thrown) {
    if (thrown instanceof CallFailure && thrown.code === 'refused') return await call('book_open', { path })
    throw thrown
  }
}

/** `arrived` runs once a book is on the desk. */
export function useOpening(arrived: () => void): Opener {
  const state = reactive<Opening>({ busy: false, progress: null, trouble: null })
  const errorOf = (thrown: unknown): CallError => {
    const { code, message, field } = thrown instanceof CallFailure ? thrown : new CallFailure({ code: 'internal', message: String(thrown), field: null })
    return { code, message, field }
  }

  async function attempt(path: string, ask: () => Promise<BookState>): Promise<boolean> {
    if (state.busy) return false
    Object.assign(state, { busy: true, trouble: null })
    try {
      const book = await ask()
      noteRecent(book, Date.now())
      await adoptBook(book)
      arrived()
      return true
    } catch (thrown) {
      state.trouble = { path, error: errorOf(thrown) }
      return false
    } finally {
      Object.assign(state, { busy: false, progress: null })
    }
  }

  return shallowReactive({
    state,
    open: (path: string) => attempt(path, () => call('book_open', { path })),
    sample: (path: string) => attempt(path, () => sampleAt(path, (progress) => { state.progress = progress })),
    create: (book: CreateBook) => attempt(book.path, () => call('book_create', book)),
  })
}
