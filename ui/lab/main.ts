// The grid on 100,000 rows without a backend, for the input-method rig and the scrolling bench.
// window.H: { ready, api, keys }. Never part of the product's build.
import { createApp } from 'vue'
import { followPreferences, setPreferences, type TypeSize } from '../src/kit/preferences'
import '../src/kit/theme.css'
import GridLab from './GridLab.vue'

export interface LabApi {
  /** Middle of the cell in px of the window. */
  cellRect(row: number, key: string): [number, number]
  /** The cell as it would be copied: exact text. */
  value(row: number, key: string): string
  /** Moves to the cell and scrolls it into sight. */
  go(row: number, key: string): void
  pos(): { r: number; key: string; mode: string }
  scroller(): HTMLElement
  settled(): Promise<void>
}

interface Harness {
  ready: Promise<void>
  api: LabApi
  /** 'keydown Process 229', 'compositionupdate zhong', 'input insertText' … newest last. */
  keys: string[]
}

declare global {
  interface Window {
    H: Harness
  }
}

const query = new URLSearchParams(location.search)
setPreferences({
  theme: query.get('theme') === 'dark' ? 'dark' : 'light',
  typeSize: (query.get('type') as TypeSize | null) ?? 'medium',
})
followPreferences()

const keys: string[] = []
addEventListener('keydown', (event) => keys.push(`keydown ${event.key} ${event.keyCode}`), true)
for (const name of ['compositionstart', 'compositionupdate', 'compositionend'] as const) {
  addEventListener(name, (event) => keys.push(`${name} ${event.data}`), true)
}
addEventListener('input', (event) => keys.push(`input ${(event as InputEvent).inputType}`), true)

const lab = createApp(GridLab).mount('#app') as InstanceType<typeof GridLab>
window.H = { ready: lab.start(), api: lab.api, keys }
