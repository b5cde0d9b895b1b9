import { describe, expect, it } from 'vitest'
import { chord, commandFor, type KeyLike, type Mode } from './keymap'

const press = (key: string, with_: Partial<KeyLike> = {}): KeyLike => ({
  key, keyCode: 0, isComposing: false, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...with_,
})
/** 'Ctrl+Shift+z' to a key event. */
const keys = (text: string): KeyLike => {
  const parts = text.split('+')
  const key = text.endsWith('++') ? '+' : parts.at(-1)!
  return press(key, { ctrlKey: parts.includes('Ctrl'), altKey: parts.includes('Alt'), shiftKey: parts.includes('Shift') })
}

describe('the key map', () => {
  it.each<[string, Mode, string | null]>([
    ['ArrowDown', 'nav', 'down'], ['ArrowDown', 'enter', 'down'], ['ArrowDown', 'edit', null],
    ['ArrowLeft', 'edit', null], ['Home', 'nav', 'first'], ['Home', 'enter', null], ['Home', 'edit', null],
    ['Enter', 'nav', 'commitNext'], ['Enter', 'edit', 'commitNext'], ['Shift+Enter', 'enter', 'commitPrevious'],
    ['Tab', 'edit', 'commitRight'], ['Shift+Tab', 'nav', 'commitLeft'], ['F2', 'nav', 'edit'], ['F2', 'enter', 'edit'],
    ['Escape', 'nav', 'giveUp'], ['Escape', 'enter', 'cancel'], ['Escape', 'edit', 'cancel'],
    ['Delete', 'nav', 'clear'], ['Delete', 'edit', null], ['Backspace', 'enter', null],
    ['Ctrl+a', 'nav', 'selectAll'], ['Ctrl+a', 'edit', null], ['Ctrl+d', 'nav', 'fillDown'], ['Ctrl+r', 'nav', 'fillRight'],
    ["Ctrl+'", 'nav', 'copyAbove'], ['Ctrl+z', 'nav', 'undo'], ['Ctrl+z', 'edit', null], ['Ctrl+y', 'nav', 'redo'], ['Ctrl+Shift+Z', 'nav', 'redo'],
    ['Ctrl+Insert', 'nav', 'addRow'], ['Ctrl+Delete', 'nav', 'deleteRows'], ['Alt+ArrowDown', 'nav', 'openList'], ['Alt+ArrowDown', 'edit', 'openList'],
    ['Alt+=', 'nav', 'unfold'], ['Alt+-', 'nav', 'fold'], ['F8', 'nav', 'nextFinding'], ['Shift+F8', 'edit', 'previousFinding'],
    ['Ctrl+ArrowDown', 'nav', 'bottom'], ['Ctrl+Shift+ArrowRight', 'nav', 'extendLast'], ['Shift+PageDown', 'nav', 'extendPageDown'],
    ['Ctrl+End', 'nav', 'end'], ['F4', 'nav', 'browse'], ['Alt+Enter', 'nav', 'openRow'], ['Alt+Enter', 'edit', 'lineBreak'],
  ])('%s in %s is %s', (text, mode, command) => expect(commandFor(keys(text), mode, false)).toBe(command))

  it.each(['Ctrl+s', 'Ctrl+Enter', 'F9', 'F1', 'Alt+1', 'Ctrl+k', 'Ctrl+f', 'Ctrl+u', 'Ctrl+p', 'Ctrl+c', 'Ctrl+v', 'a', '中', '1'])(
    '%s goes on to the shell or the input', (text) => expect(commandFor(keys(text), 'nav', false)).toBeNull())

  it('arrows belong to the open list, and the mode keeps the rest', () => {
    expect(commandFor(keys('ArrowDown'), 'enter', true)).toBe('optionDown')
    expect(commandFor(keys('ArrowUp'), 'edit', true)).toBe('optionUp')
    expect(commandFor(keys('Enter'), 'enter', true)).toBe('commitNext')
  })

  it('the input method owns its keys in both engines', () => {
    expect(commandFor(press('Enter', { isComposing: true }), 'enter', true)).toBeNull()
    expect(commandFor(press('Process', { keyCode: 229 }), 'nav', false)).toBeNull()
    expect(commandFor(press('Unidentified', { keyCode: 229 }), 'nav', false)).toBeNull()
    expect(commandFor(press('Tab', { keyCode: 229 }), 'enter', false)).toBeNull()
    expect(commandFor(press('Escape', { isComposing: true }), 'enter', false)).toBeNull()
  })

  it('no command uses a key that switches input methods', () => {
    for (const text of ['Ctrl+ ', 'Shift+Shift', 'Ctrl+.', 'Ctrl+Shift', 'Ctrl+Shift+Control']) {
      for (const mode of ['nav', 'enter', 'edit'] as const) expect(commandFor(keys(text), mode, false)).toBeNull()
    }
  })

  it('the Command key of a Mac counts as Ctrl', () => expect(chord(press('Z', { metaKey: true }))).toBe('Ctrl+z'))
})
