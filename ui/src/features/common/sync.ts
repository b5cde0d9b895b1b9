// What the screens know of the province: asked for now and then, oftener while something is under way. When an exchange
// brought something, every screen is told, as after a change of one's own.
import { computed, reactive, watch } from 'vue'
import { call } from '../../backend'
import type { Phase } from '../../generated/Phase'
import type { SyncState } from '../../generated/SyncState'
import { announce, isOpen, onBookChange, readBookState } from './desk'

/** ms between two looks: while bytes move or somebody watches, and otherwise. */
const WATCHING_ms = 700
const RESTING_ms = 4_000

const BUSY: ReadonlySet<Phase> = new Set(['connecting', 'sending', 'receiving'])
export const isBusy = (state: SyncState | null): boolean => state !== null && BUSY.has(state.phase)

export const sync = reactive<{
  /** null until the desk was asked the first time. */
  state: SyncState | null
  /** How many parts of the screen want to see every step. */
  watchers: number
}>({ state: null, watchers: 0 })

/** The book belongs to a province: what is typed here becomes final only there. */
export const isEnrolled = computed(() => sync.state !== null && sync.state.phase !== 'alone')

/** Did an exchange, or another program, change what the screens show? */
export function hasMoved(before: SyncState, now: SyncState): boolean {
  const ended = isBusy(before) && !isBusy(now)
  return before.agreed_ms !== now.agreed_ms || before.tray !== now.tray || before.open_cases !== now.open_cases || (ended && now.pulled > 0)
}

export async function readSync(): Promise<void> {
  if (!isOpen.value) return void (sync.state = null)
  try {
    const before = sync.state
    sync.state = await call('sync_state', {})
    if (!before || !hasMoved(before, sync.state)) return
    await readBookState()
    announce([], own)
  } catch {
    // The next look may succeed; what was known stays on the screen meanwhile.
  }
}

const own = Symbol('sync')

/** Keeps looking until the returned function is called. */
export function followSync(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  async function look(): Promise<void> {
    clearTimeout(timer)
    await readSync()
    if (stopped) return
    clearTimeout(timer)
    timer = setTimeout(() => void look(), isBusy(sync.state) || sync.watchers > 0 ? WATCHING_ms : RESTING_ms)
  }
  const forget = onBookChange(({ by }) => void (by !== own && look()))
  const unwatch = watch([isOpen, () => sync.watchers], () => void look())
  void look()
  return () => {
    stopped = true
    clearTimeout(timer)
    forget()
    unwatch()
  }
}
