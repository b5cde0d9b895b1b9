// The books this computer opened last, newest first. Kept by the browser or the window, because no
// book is open yet when they are wanted. Nothing of a book's content is kept.
import type { BookState } from '../../generated/BookState'

const KEY = 'suanpan.recent'
const MOST = 6

export interface RecentBook {
  path: string
  name: string
  /** Name of the 区划. */
  division: string
  year: number
  opened_at_ms: number
}

const isRecent = (item: unknown): item is RecentBook =>
  typeof item === 'object' && item !== null && typeof (item as RecentBook).path === 'string' && typeof (item as RecentBook).name === 'string'

export function recentBooks(): RecentBook[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter(isRecent) : []
  } catch {
    return []
  }
}

const store = (books: RecentBook[]): void => localStorage.setItem(KEY, JSON.stringify(books.slice(0, MOST)))

/** Puts the book that is open now at the top. */
export function noteRecent(state: BookState, now_ms: number): void {
  if (!state.info) return
  const { name, division_name, year } = state.info
  const others = recentBooks().filter((book) => book.path !== state.path)
  store([{ path: state.path, name, division: division_name, year, opened_at_ms: now_ms }, ...others])
}

export function forgetRecent(path: string): void {
  store(recentBooks().filter((book) => book.path !== path))
}
