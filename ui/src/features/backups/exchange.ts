// Putting another book in the place of the one that is there: from a copy, or mended. One job; after it
// the book that stands there is on the desk again, and every screen begins anew with it.
import { reactive } from 'vue'
import { call, followJob, messageOf, type Progress } from '../../backend'
import type { JobStarted } from '../../generated/JobStarted'
import type { Recovered } from '../../generated/Recovered'
import { adoptBook, announce } from '../common/desk'

export interface Exchange {
  busy: Progress | null
  problem: string
  /** What was done, once it is done. */
  done: Recovered | null
}

export function useExchange(): { state: Exchange; run(label: string, start: () => Promise<JobStarted>): Promise<void>; arrive(): Promise<void> } {
  const state = reactive<Exchange>({ busy: null, problem: '', done: null })

  async function run(label: string, start: () => Promise<JobStarted>): Promise<void> {
    Object.assign(state, { busy: { label, done: 0, all: null, secondsLeft: null }, problem: '' })
    try {
      state.done = await followJob<Recovered>(await start(), (progress) => (state.busy = { ...progress, label }))
    } catch (thrown) {
      state.problem = messageOf(thrown)
    } finally {
      state.busy = null
    }
  }

  /** Shows the book that is on the desk now. Called when the person has read what was done. */
  async function arrive(): Promise<void> {
    await adoptBook(await call('book_state', {}))
    announce()
  }

  return { state, run, arrive }
}
