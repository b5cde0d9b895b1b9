// Which key does what, as one table. Pure: a key event in, a command name out.
//
// Modes as in Excel. nav: the cell is selected, arrows move. enter: typing replaced the content,
// arrows commit and move. edit (F2, double click): arrows move the caret inside the text.
// Keys not in the table are nobody's here and go on to the shell (Ctrl+S, F9, Alt+digit …).
// None of ours is Ctrl+Space, Shift, Ctrl+. or Ctrl+Shift: those switch input methods.

export type Mode = 'nav' | 'enter' | 'edit'

export interface KeyLike {
  key: string
  keyCode: number
  isComposing: boolean
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  altKey: boolean
}

const COMMIT = {
  Enter: 'commitNext',
  'Shift+Enter': 'commitPrevious',
  Tab: 'commitRight',
  'Shift+Tab': 'commitLeft',
  'Alt+ArrowDown': 'openList',
  F4: 'browse',
} as const

const MOVE = {
  ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right',
  PageUp: 'pageUp', PageDown: 'pageDown',
  'Ctrl+ArrowUp': 'top', 'Ctrl+ArrowDown': 'bottom', 'Ctrl+ArrowLeft': 'first', 'Ctrl+ArrowRight': 'last',
  'Shift+ArrowUp': 'extendUp', 'Shift+ArrowDown': 'extendDown',
  'Shift+ArrowLeft': 'extendLeft', 'Shift+ArrowRight': 'extendRight',
  'Shift+PageUp': 'extendPageUp', 'Shift+PageDown': 'extendPageDown',
  'Ctrl+Shift+ArrowUp': 'extendTop', 'Ctrl+Shift+ArrowDown': 'extendBottom',
  'Ctrl+Shift+ArrowLeft': 'extendFirst', 'Ctrl+Shift+ArrowRight': 'extendLast',
} as const

const NAV = {
  Home: 'first', End: 'last', 'Ctrl+Home': 'start', 'Ctrl+End': 'end',
  'Shift+Home': 'extendFirst', 'Shift+End': 'extendLast',
  'Ctrl+Shift+Home': 'extendStart', 'Ctrl+Shift+End': 'extendEnd',
  F2: 'edit', Escape: 'giveUp',
  Delete: 'clear', Backspace: 'clear',
  'Ctrl+a': 'selectAll',
  'Ctrl+d': 'fillDown', 'Ctrl+r': 'fillRight', "Ctrl+'": 'copyAbove',
  'Ctrl+z': 'undo', 'Ctrl+y': 'redo', 'Ctrl+Shift+z': 'redo',
  'Ctrl+Insert': 'addRow', 'Ctrl+Delete': 'deleteRows',
  'Alt+=': 'unfold', 'Alt++': 'unfold', 'Alt+Shift++': 'unfold', 'Alt+-': 'fold',
  'Alt+ArrowUp': 'columnMenu', 'Alt+Enter': 'openRow',
  F8: 'nextFinding', 'Shift+F8': 'previousFinding',
  ' ': 'toggleChoice',
} as const

const TYPING = { Escape: 'cancel', 'Alt+Enter': 'lineBreak', F8: 'nextFinding', 'Shift+F8': 'previousFinding', F2: 'edit' } as const

/** While the code list is open these win over the mode's own keys. */
const LIST = { ArrowUp: 'optionUp', ArrowDown: 'optionDown', PageUp: 'optionPageUp', PageDown: 'optionPageDown' } as const

type Values<T> = T[keyof T]
export type Command = Values<typeof COMMIT> | Values<typeof MOVE> | Values<typeof NAV> | Values<typeof TYPING> | Values<typeof LIST>

type Table = Readonly<Record<string, Command>>

const TABLES: Record<Mode, Table> = {
  nav: { ...COMMIT, ...MOVE, ...NAV },
  enter: { ...COMMIT, ...MOVE, ...TYPING },
  edit: { ...COMMIT, ...TYPING },
}

/** 'Ctrl+Shift+ArrowUp'; ⌘ counts as Ctrl; single letters in lower case. */
export function chord(event: KeyLike): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') + (event.altKey ? 'Alt+' : '') + (event.shiftKey ? 'Shift+' : '') + key
}

/**
 * The input method owns its keys: WebKitGTK reports key="Unidentified", Chromium key="Process", both
 * keyCode 229. Such a key must not be acted on and never have its default prevented.
 */
export const belongsToInputMethod = (event: KeyLike): boolean => event.isComposing || event.keyCode === 229

/** The command of a key in this mode, or null when the key is not the grid's. */
export function commandFor(event: KeyLike, mode: Mode, listOpen: boolean): Command | null {
  if (belongsToInputMethod(event)) return null
  const keys = chord(event)
  const inList = (LIST as Table)[keys]
  if (listOpen && inList) return inList
  return TABLES[mode][keys] ?? null
}
