// The desk as the screens share it: which book is open, the year being worked on, whether the last
// change is safe on disk, and the word that something changed. Every write of every screen goes
// through `apply`, so that saving, failing and undoing look the same everywhere.
import { computed, reactive, shallowReactive } from 'vue'
import { call, messageOf, type AnswerOf, type CallName, type RequestOf } from '../../backend'
import { forgetChoices } from '../../form/choices'
import { loadDocuments } from '../../form/documents'
import type { Applied } from '../../generated/Applied'
import type { BookState } from '../../generated/BookState'
import type { Edit } from '../../generated/Edit'
import { toast } from '../../kit/toast'
import { t } from '../../words'

export type SaveState = { state: 'saved'; at_ms: number } | { state: 'saving' } | { state: 'failed'; reason: string } | { state: 'untouched' }

interface DeskState {
  /** undefined until the desk was asked for the first time. */
  book: BookState | undefined
  /** The fiscal year on the screen. */
  year: number
  save: SaveState
}

export const desk = reactive<DeskState>({ book: undefined, year: new Date().getFullYear(), save: { state: 'untouched' } })

export const isOpen = computed(() => Boolean(desk.book?.info))

/** What a change touched: entity names, and who made it, so that its maker need not read again. */
export interface BookChange {
  entities: ReadonlySet<string>
  /** null: everything may have changed. */
  by: symbol | null
}

const listeners = shallowReactive(new Set<(change: BookChange) => void>())

/** Calls back after every change of the book; returns the way to stop. */
export function onBookChange(listener: (change: BookChange) => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Tells every screen; without `entities` they all read again. */
export function announce(entities: Iterable<string> = [], by: symbol | null = null): void {
  const change = { entities: new Set(entities), by }
  listeners.forEach((listener) => listener(change))
}

export async function readBookState(): Promise<void> {
  const before = desk.book
  const now = await call('book_state', {})
  desk.book = now
  if (before?.info && before.info.book_id === now.info?.book_id && before.amended !== now.amended) {
    await loadDocuments()
    toast(t('documents.amended'))
  }
}

/** The first question of the page: which book is open. */
export const meetDesk = async (): Promise<void> => adoptBook(await call('book_state', {}))

/** Takes over a book that was just opened or created (or none). */
export async function adoptBook(state: BookState): Promise<void> {
  forgetChoices()
  if (state.info) {
    await loadDocuments()
    desk.year = state.info.year
  }
  desk.save = { state: 'untouched' }
  desk.book = state
}

const writes = new Set<Promise<unknown>>()

/** Resolves when everything asked to be written so far is written or refused, and it is known what can be undone now. */
export async function allSaved(): Promise<void> {
  await Promise.allSettled([...writes])
}

type WriteCall = Extract<CallName, 'apply' | 'undo' | 'redo' | 'copy_last_year' | 'explain' | 'submit' | 'decide_cases' | 'tray_resend'>

/** Runs a call that writes, and keeps the header's word about saving true. */
export async function write<K extends WriteCall>(name: K, request: RequestOf<K>): Promise<AnswerOf<K>> {
  desk.save = { state: 'saving' }
  const running = call(name, request)
  const known = running.then(readBookState).catch(() => undefined)
  writes.add(known)
  void known.then(() => writes.delete(known))
  try {
    const answer = await running
    desk.save = { state: 'saved', at_ms: 'saved_at_ms' in answer ? answer.saved_at_ms : Date.now() }
    return answer
  } catch (thrown) {
    desk.save = { state: 'failed', reason: messageOf(thrown) }
    throw thrown
  }
}

/** The edits of one gesture: one write, one undo. Rejects with CallFailure; nothing is written then. */
export async function apply(label: string, edits: Edit[], by: symbol | null = null): Promise<Applied> {
  const applied = await write('apply', { label, edits })
  announce(edits.map((edit) => edit.entity), by)
  return applied
}

/** Ctrl+Z and Ctrl+Y: says what was taken back, in the person's own words. */
export async function undoOrRedo(which: 'undo' | 'redo'): Promise<void> {
  await allSaved()
  if (desk.book?.[which] === null) {
    toast(t(which === 'undo' ? 'undo.nothing' : 'redo.nothing'))
    return
  }
  try {
    const applied = await write(which, {})
    toast(t(which === 'undo' ? 'undo.done' : 'redo.done', { label: applied.label }), 'ok')
    announce()
  } catch (thrown) {
    toast(messageOf(thrown), 'error')
  }
}

/** '10:32:08' of a moment in ms since 1970, on this PC's clock. */
export function clock(at_ms: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const at = new Date(at_ms)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** '2026-11-20 10:32'. */
export function dayAndTime(at_ms: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const at = new Date(at_ms)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(at_ms).slice(0, 5)}`
}
