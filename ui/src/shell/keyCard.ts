// The keys a clerk is shown with F1, as data: what is pressed, what it does.
import type { WordKey } from '../words'

export const KEY_CARD: { title: WordKey; keys: [pressed: string, does: WordKey][] }[] = [
  {
    title: 'keys.everywhere',
    keys: [
      ['Alt+1 … 0', 'keys.screens'], ['Ctrl+K', 'keys.search'], ['Ctrl+F', 'keys.find'], ['F6', 'keys.regions'],
      ['Ctrl+Z / Ctrl+Y', 'keys.undo'], ['Ctrl+S', 'keys.save'], ['Ctrl+U', 'keys.unit'], ['F9', 'keys.sync'], ['Ctrl+⏎', 'keys.main'], ['F1', 'keys.card'], ['Esc', 'keys.escape'],
    ],
  },
  {
    title: 'keys.move',
    keys: [
      ['⏎ / Shift+⏎', 'keys.enter'], ['Tab / Shift+Tab', 'keys.tab'], ['↑ ↓ ← →', 'keys.arrows'], ['Ctrl+↑ ↓ ← →', 'keys.edges'],
      ['Shift+↑ ↓ ← →', 'keys.extend'], ['Ctrl+A', 'keys.all'], ['F8 / Shift+F8', 'keys.findings'], ['Alt+⏎', 'keys.open'],
    ],
  },
  {
    title: 'keys.edit',
    keys: [
      ['F2', 'keys.edit.cell'], ['Alt+↓', 'keys.list'], ['F4', 'keys.tree'], ['Ctrl+C / X / V', 'keys.clipboard'], ['Ctrl+D / Ctrl+R', 'keys.fill'],
      ["Ctrl+'", 'keys.above'], ['Delete', 'keys.clear'], ['Ctrl+Ins / Ctrl+Del', 'keys.rows'], ['Alt+= / Alt+-', 'keys.fold'], ['Alt+↑', 'keys.column'],
    ],
  },
]
