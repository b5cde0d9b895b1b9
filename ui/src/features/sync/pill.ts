// One line about sync for the status bar: shape and words. Pure.
import type { PillState } from '../../kit'
import type { SyncState } from '../../generated/SyncState'
import type { WordKey } from '../../words'
import { sizeText } from '../backups/size'

export interface SyncLine {
  shape: PillState
  key: WordKey
  values: Record<string, string | number>
}

const two = (n: number): string => String(n).padStart(2, '0')

/** '10:32' today, '11-20 10:32' on another day; '' for never. */
export function momentText(at_ms: number, now_ms: number): string {
  if (at_ms <= 0) return ''
  const [at, now] = [new Date(at_ms), new Date(now_ms)]
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  return at.toDateString() === now.toDateString() ? time : `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`
}

const bytesOf = (state: SyncState): string => sizeText(state.bytes_up + state.bytes_down)

function resting(state: SyncState, now_ms: number): SyncLine {
  if (state.unsettled_ops > 0) return { shape: 'idle', key: 'sync.line.waiting', values: { n: state.unsettled_ops } }
  if (state.agreed_ms > 0) return { shape: 'ok', key: 'sync.line.agreed', values: { at: momentText(state.agreed_ms, now_ms) } }
  return { shape: 'idle', key: 'sync.line.never', values: {} }
}

function offline(state: SyncState, now_ms: number): SyncLine {
  const n = state.unsettled_ops
  if (state.next_try_ms > now_ms) return { shape: 'idle', key: 'sync.line.offline.next', values: { n, at: momentText(state.next_try_ms, now_ms) } }
  return { shape: 'idle', key: 'sync.line.offline', values: { n } }
}

export function syncLine(state: SyncState, now_ms: number): SyncLine {
  switch (state.phase) {
    case 'alone': return { shape: 'idle', key: 'sync.line.alone', values: {} }
    case 'blocked': return { shape: 'error', key: 'sync.line.blocked', values: {} }
    // By the hours or by hand only: nobody paused it, and nothing is amiss.
    case 'paused': return !state.paused ? resting(state, now_ms) : { shape: 'idle', key: 'sync.line.paused', values: { n: state.unsettled_ops } }
    case 'connecting': return { shape: 'busy', key: 'sync.line.connecting', values: {} }
    case 'sending': return { shape: 'busy', key: 'sync.line.sending', values: { done: state.sent, all: Math.max(state.sent, state.to_send), size: bytesOf(state) } }
    case 'receiving': return { shape: 'busy', key: 'sync.line.receiving', values: { done: state.pulled, all: state.pulled + state.remaining, size: bytesOf(state) } }
    case 'offline': return offline(state, now_ms)
    case 'idle': return resting(state, now_ms)
  }
}

/** What is done and what there is to do in the exchange under way; null when none is. */
export function progressOf(state: SyncState): { key: WordKey; done: number; total: number | null } | null {
  if (state.phase === 'connecting') return { key: 'sync.line.connecting', done: 0, total: null }
  if (state.phase === 'sending') return { key: 'sync.sending', done: state.sent, total: Math.max(state.sent, state.to_send) }
  if (state.phase === 'receiving') return { key: 'sync.receiving', done: state.pulled, total: state.remaining > 0 ? state.pulled + state.remaining : null }
  return null
}

/** '08:30' of minutes since midnight, and back; null when it is no time of day. */
export const timeOfDay = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
export function minutesOf(time: string): number | null {
  const match = /^(\d{1,2})[:：](\d{2})$/.exec(time.trim())
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59) return null
  return Number(match[1]) * 60 + Number(match[2])
}

/** How far a clock is off: whole minutes below two hours, hours below two days, days from there. */
export function skewOf(skew_ms: number): { key: WordKey; n: number } {
  const [minutes, ahead] = [Math.round(Math.abs(skew_ms) / 60_000), skew_ms > 0]
  if (minutes < 120) return { key: ahead ? 'sync.skew.fast.minutes' : 'sync.skew.slow.minutes', n: minutes }
  if (minutes < 2 * 1440) return { key: ahead ? 'sync.skew.fast.hours' : 'sync.skew.slow.hours', n: Math.round(minutes / 60) }
  return { key: ahead ? 'sync.skew.fast.days' : 'sync.skew.slow.days', n: Math.round(minutes / 1440) }
}
