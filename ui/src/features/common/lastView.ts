// The list a person looked at last: which records in which order, and which columns. Export offers it
// as "what I am looking at". The sheet of a screen notes it; nothing else writes it.
import { shallowRef } from 'vue'
import type { ListQuery } from '../../generated/ListQuery'

export interface LastView {
  query: ListQuery
  /** Names of the fields in sight, in their order. */
  columns: readonly string[]
  count: number
}

export const lastView = shallowRef<LastView | null>(null)
