// What the status bar shows of the sheet that has the focus. One sheet at a time: the last one that
// said something.
import { reactive } from 'vue'
import type { Summary } from '../../grid/summary'

export interface SheetStatus {
  /** Column and row of the active cell, in words; '' when no sheet is on the screen. */
  place: string
  /** What is wrong with the active cell. */
  finding: { severity: 'error' | 'warning'; message: string } | null
  /** What the selected range adds up to; null when it is one cell or holds no amounts. */
  numbers: Summary | null
}

export const emptyStatus = (): SheetStatus => ({ place: '', finding: null, numbers: null })

export const status = reactive<{ now: SheetStatus }>({ now: emptyStatus() })

export function showStatus(now: SheetStatus): void {
  status.now = now
}
