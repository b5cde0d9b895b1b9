// Keys that only the screen in front can answer (Ctrl+Enter, Ctrl+Ins, F8 …). The screen says what they
// do while it is mounted; shell/keys.ts asks here after the sheet and the form had their turn.
import { onBeforeUnmount, onMounted } from 'vue'

type Keys = Readonly<Record<string, () => void>>

const stack: Keys[] = []

export function useScreenKeys(keys: Keys): void {
  onMounted(() => void stack.push(keys))
  onBeforeUnmount(() => void stack.splice(stack.indexOf(keys), 1))
}

/** Runs what the screen has for these keys; false when it has nothing. */
export function runScreenKey(chord: string): boolean {
  const keys = [...stack].reverse().find((known) => chord in known)
  keys?.[chord]!()
  return keys !== undefined
}
