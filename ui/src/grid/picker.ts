// The state of the open code list: what was asked, what came back, which line is lit. Results of the
// last question stay while the next one is under way, so the list never flickers empty.
import { reactive } from 'vue'
import { splitCode } from '../fields'
import { latest } from '../kit/latest'
import type { Column, Option, Suggest } from './types'

export interface Picker {
  open: boolean
  options: Option[]
  lit: number
  query: string
  /** The query that `options` answer; differs from `query` while loading. */
  answered: string | null
}

/** Letters as an input method shows them while composing ('x z y x', "xi'an") to a query. */
export const queryOf = (text: string): string => text.replace(/['’\s]/g, '')

export function usePicker() {
  const state = reactive<Picker>({ open: false, options: [], lit: 0, query: '', answered: null })
  const another = latest()

  function close(): void {
    another()
    Object.assign(state, { open: false, options: [], lit: 0, query: '', answered: null })
  }

  /** Opens the list on `query`; `current` lights the value the cell has already. */
  async function ask(column: Column, query: string, suggest: Suggest, current?: unknown): Promise<void> {
    const isLatest = another()
    state.open = true
    state.query = query
    const options = await suggest(column, query).catch((): Option[] => [])
    if (!isLatest()) return
    state.options = options
    state.answered = query
    const now = options.findIndex((option) => option.value === current)
    state.lit = firstChoosable(options, query === '' && now >= 0 ? now : 0)
  }

  function move(step: number): void {
    const { options } = state
    let at = Math.max(0, Math.min(options.length - 1, state.lit + step))
    while (options[at]?.disabled && options[at + Math.sign(step)]) at += Math.sign(step)
    if (options[at]?.disabled === true || !options[at]) return
    state.lit = at
  }

  /** The lit option, when the list answers what was typed. */
  function chosen(): Option | undefined {
    if (!state.open || state.answered !== state.query) return undefined
    const option = state.options[state.lit]
    return option?.disabled ? undefined : option
  }

  return { state, ask, move, chosen, close }
}

function firstChoosable(options: Option[], from: number): number {
  const found = options.findIndex((option, index) => index >= from && !option.disabled)
  return found < 0 ? from : found
}

/** What Enter would pick for each typed text, had the list already been there. */
export async function firstHits(column: Column, texts: string[], suggest: Suggest): Promise<(Option | null)[]> {
  return Promise.all(texts.map(async (text) => (await suggest(column, queryOf(text))).find((option) => !option.disabled) ?? null))
}

/** For pasted texts only one clear answer counts: the same code, or the only exact name. */
export async function exactHits(column: Column, texts: string[], suggest: Suggest): Promise<(Option | null)[]> {
  return Promise.all(texts.map(async (text) => {
    const { code, name } = splitCode(text)
    const options = (await suggest(column, code || name)).filter((option) => !option.disabled)
    const hits = options.filter((option) => (code ? option.code === code : option.name === name))
    return hits.length === 1 ? hits[0]! : null
  }))
}
