// The one <input> of the sheet. It always has the focus and sits on the active cell, invisible in
// nav mode, so that an input method always has an editable target and the first pinyin letter is
// never lost. An editor is never opened from keydown: the mode changes when text arrives.
import { nextTick, ref } from 'vue'
import { fields } from '../fields'
import { BREAK } from '../fields/multiline'
import { t } from '../kit/i18n'
import { optionLabel } from './edits'
import type { Line } from './lines'
import { isChoice, isLookup } from './model'
import { queryOf, usePicker } from './picker'
import type { Sheet } from './sheet'
import type { Column, Option, Suggest } from './types'

/** Choices of 是/否 cells; found by 1/2, by the word or by its initial. */
function yesNo(column: Column, query: string): Option[] {
  const words = fields[column.field.kind]
  const all: Option[] = [
    { value: true, code: '1', name: words.format(true, column.field, { moneyUnit: 'yuan' }), hint: 's' },
    { value: false, code: '2', name: words.format(false, column.field, { moneyUnit: 'yuan' }), hint: 'f' },
  ]
  const wanted = query.toLowerCase()
  return all.filter((option) => [option.code, option.name.toLowerCase(), option.hint!].some((word) => word.startsWith(wanted)))
}

export function useEditor(sheet: Sheet, input: () => HTMLInputElement | undefined) {
  const picker = usePicker()
  /** The mode was entered by a composition that has not produced any text yet. */
  let byComposition = false
  const composing = ref(false)
  /** What is being typed into: rows may be sorted or reloaded under the editor and the cursor sent elsewhere, the text must not follow. */
  let target: { line: Line; then: number; column: Column } | undefined

  function aim(): void {
    const { row } = sheet.active.value
    target = sheet.activeColumn.value && { line: { id: sheet.model.id(row), row }, then: sheet.mark(), column: sheet.activeColumn.value }
  }

  const suggest: Suggest = (column, query) =>
    isChoice(column) ? Promise.resolve(yesNo(column, query)) : (sheet.props.suggest?.(column, query) ?? Promise.resolve([]))
  const hasList = (column: Column | undefined): column is Column => column !== undefined && (isLookup(column) || isChoice(column))

  const focus = (): void => input()?.focus({ preventScroll: true })

  /**
   * Parks the input on the active cell. WebKitGTK tells the input method where the caret is only
   * when a collapsed caret moves, so a space is written, the caret set behind it, and the space
   * cleared one frame later; otherwise the candidate window stays at an earlier cell.
   */
  function park(): void {
    const element = input()
    if (!element || sheet.mode.value !== 'nav') return
    element.value = ' '
    element.setSelectionRange(1, 1)
    requestAnimationFrame(() => {
      if (sheet.mode.value === 'nav' && !composing.value && element.value === ' ') element.value = ''
    })
  }

  function toNav(): void {
    sheet.mode.value = 'nav'
    byComposition = false
    picker.close()
    void nextTick(park)
  }

  const locked = (): boolean => {
    const column = sheet.activeColumn.value
    return !column || sheet.model.locked(sheet.active.value.row, column)
  }

  /** F2: the caret goes behind the present content. */
  function edit(): void {
    const element = input()
    const column = sheet.activeColumn.value
    if (!element || !column || locked()) return refuse()
    // Pressed again it only changes what the arrows do; what was typed stays.
    if (sheet.mode.value !== 'nav') {
      sheet.mode.value = sheet.mode.value === 'enter' ? 'edit' : 'enter'
      return
    }
    aim()
    const text = sheet.model.editText(sheet.active.value.row, column)
    sheet.mode.value = 'edit'
    element.value = text
    element.setSelectionRange(text.length, text.length)
    sheet.reveal(sheet.active.value)
  }

  function refuse(): void {
    toNav()
    sheet.emit('notice', t('grid.locked'))
  }

  function openList(): void {
    const column = sheet.activeColumn.value
    if (!hasList(column) || locked()) return
    if (sheet.mode.value === 'enter') return search(input()!.value)
    if (sheet.mode.value === 'nav') edit()
    void picker.ask(column, '', suggest, sheet.model.value(sheet.active.value.row, column))
  }

  // ---- text arrives

  /** `input` and `compositionstart` begin typing; a locked cell gives the text back. */
  function begin(composed: boolean): void {
    if (sheet.mode.value !== 'nav') return
    sheet.mode.value = 'enter'
    aim()
    byComposition = composed
    sheet.reveal(sheet.active.value)
  }

  function onInput(event: Event): void {
    const element = input()!
    const fromMethod = (event as InputEvent).isComposing
    // The space of the caret nudge, when typing was quicker than the frame that clears it.
    if (sheet.mode.value === 'nav' && !fromMethod && element.value.startsWith(' ')) element.value = element.value.slice(1)
    if (sheet.mode.value === 'nav' && element.value === '') return
    if (locked() && !fromMethod) return refuse()
    begin(fromMethod)
    if (!fromMethod) byComposition = false
    search(element.value)
  }

  function onCompositionStart(): void {
    composing.value = true
    begin(true)
  }

  /** Pinyin initials search with the input method on too: its letters are the query while composing. */
  function onCompositionUpdate(event: CompositionEvent): void {
    search(event.data)
  }

  function onCompositionEnd(event: CompositionEvent): void {
    composing.value = false
    const element = input()!
    if (locked()) return refuse()
    // Esc in the input method took everything back: the cell keeps what it had.
    if (byComposition && event.data === '' && element.value.trim() === '') return toNav()
    if (event.data !== '') byComposition = false
    search(element.value)
  }

  function search(text: string): void {
    const column = sheet.activeColumn.value
    if (!hasList(column)) return
    const query = queryOf(text)
    if (query === '') picker.close()
    else void picker.ask(column, query, suggest)
  }

  function lineBreak(): void {
    const element = input()
    if (!element || sheet.activeColumn.value?.field.kind !== 'multiline') return
    element.setRangeText(BREAK, element.selectionStart ?? 0, element.selectionEnd ?? 0, 'end')
  }

  // ---- leaving

  function cancel(): void {
    toNav()
  }

  /** Ends editing and submits what was entered. Text is never thrown away: what has no meaning is kept and marked. */
  function commit(): void {
    if (sheet.mode.value === 'nav') return
    const text = input()!.value.trim()
    const chosen = picker.chosen()
    toNav()
    if (!target) return
    const { column } = target
    const row = sheet.rowOf(target.line, target.then)
    if (row === null) return sheet.emit('notice', t('grid.gone', { text }))
    if (chosen) return accept(column, row, chosen)
    const block = { entries: [{ row, column, text }], rows: 1, columns: 1 }
    if (!isLookup(column)) return sheet.submit({ gesture: 'type', ...block })
    sheet.submit({ gesture: 'pick', ...block })
  }

  function accept(column: Column, row: number, option: Option): void {
    const label = isLookup(column) ? optionLabel(option) : undefined
    sheet.submit({ gesture: 'pick', entries: [{ row, column, value: option.value, label }], rows: 1, columns: 1 })
  }

  /** Space on a 是/否 cell turns it over. */
  function toggleChoice(): boolean {
    const column = sheet.activeColumn.value
    const { row } = sheet.active.value
    if (!column || !isChoice(column) || locked()) return false
    const now = sheet.model.value(row, column)
    sheet.submit({ gesture: 'type', entries: [{ row, column, value: now !== true }], rows: 1, columns: 1 })
    return true
  }

  /** The focus went elsewhere in this window: what was typed is committed, as in Excel. Another window changes nothing. */
  function onLeave(event: FocusEvent): void {
    if (event.relatedTarget || document.hasFocus()) commit()
  }

  /** A line of the list was pressed with the mouse. */
  function pick(index: number): void {
    picker.state.lit = index
    commit()
    focus()
  }

  /** A press elsewhere while composing: ending the focus ends the composition and keeps its text. */
  function endComposition(): void {
    if (composing.value) input()?.blur()
  }

  return {
    picker, focus, park, edit, openList, onInput, onCompositionStart, onCompositionUpdate, onCompositionEnd,
    cancel, commit, accept, lineBreak, toggleChoice, endComposition,
    onLeave, pick, composing,
  }
}

export type Editor = ReturnType<typeof useEditor>
