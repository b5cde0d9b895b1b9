// Keys of the whole program: what is pressed and was not taken by the sheet, the form or a dialog. One
// table; the card under F1 shows the same keys (keyCard.ts). None is a key that switches input methods.
import { onBeforeUnmount, onMounted } from 'vue'
import { belongsToInputMethod, chord } from '../grid/keymap'
import { runScreenKey } from '../features/common/screenKeys'

/** Text inputs keep their own undo while something typed in them is not committed yet. */
function hasOwnUndo(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return false
  if (target instanceof HTMLInputElement && ['checkbox', 'radio'].includes(target.type)) return false
  return target.closest('.record-form') === null || target.dataset.dirty !== undefined
}

const UNDO = new Set(['Ctrl+z', 'Ctrl+y', 'Ctrl+Shift+z'])

/** F6: to the next part of the screen (navigation, tools, sheet, panel …). */
export function nextRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter((region) => region.offsetParent !== null)
  const here = regions.findIndex((region) => region.contains(document.activeElement))
  const next = regions[(here + step + regions.length) % regions.length]
  const inside = next?.querySelector<HTMLElement>('.sheet-input, [aria-current=page], [role=tree], input:not([type=hidden]), select, button, [tabindex="0"]')
  ;(inside ?? next)?.focus()
}

export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || belongsToInputMethod(event)) return
    const pressed = chord(event)
    if (UNDO.has(pressed) && hasOwnUndo(event.target)) return
    const run = keys[pressed]
    if (!run && !runScreenKey(pressed)) return
    event.preventDefault()
    run?.()
  }
  onMounted(() => addEventListener('keydown', onKey))
  onBeforeUnmount(() => removeEventListener('keydown', onKey))
}
