// Opening and creating a book from the start page: one attempt at a time, its failure kept so that the
// page can say in plain words what to do.
import { reactive, shallowReactive } from 'vue'
import { call, CallFailure } from '../../backend'
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
  trouble: Trouble | null
}

export interface Opener {
  state: Opening
  open(path: string): Promise<boolean>
  create(book: CreateBook): Promise<boolean>
}

/** `arrived` runs once a book is on the desk. */
export function useOpening(arrived: () => void): Opener {
  const state = reactive<Opening>({ busy: false, trouble: null })
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
      state.busy = false
    }
  }

  return shallowReactive({
    state,
    open: (path: string) => attempt(path, () => call('book_open', { path })),
    create: (book: CreateBook) => attempt(book.path, () => call('book_create', book)),
  })
}
