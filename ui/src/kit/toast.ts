// Short sentences that come and go at the bottom right ("已粘贴 1000 行×9 列 — 撤销 Ctrl+Z"). Errors
// stay until closed: a message nobody had time to read is no message.
import { reactive } from 'vue'

export type ToastKind = 'info' | 'ok' | 'warning' | 'error'

export interface Toast {
  id: number
  kind: ToastKind
  text: string
}

/** ms on the screen by kind; null = until closed. */
const STAYS_MS: Record<ToastKind, number | null> = { info: 5_000, ok: 5_000, warning: 10_000, error: null }
/** Older ones give way, so that a burst cannot cover the sheet. */
const MOST = 4

export const toasts = reactive<Toast[]>([])
let lastId = 0

export function toast(text: string, kind: ToastKind = 'info'): void {
  const id = ++lastId
  // The same sentence again replaces itself instead of piling up.
  const same = toasts.findIndex((shown) => shown.text === text)
  if (same >= 0) toasts.splice(same, 1)
  toasts.push({ id, kind, text })
  if (toasts.length > MOST) toasts.shift()
  const stays = STAYS_MS[kind]
  if (stays !== null) setTimeout(() => dismiss(id), stays)
}

export function dismiss(id: number): void {
  const at = toasts.findIndex((shown) => shown.id === id)
  if (at >= 0) toasts.splice(at, 1)
}
