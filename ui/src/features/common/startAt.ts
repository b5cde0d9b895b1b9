// Where the hands are on a screen: where they start, as soon as it is read; on which line of a list that is read again; and
// that their keys are taken one after another.
import { messageOf } from '../../backend'
import { focusLater, toast, type Place } from '../../kit'

/**
 * Called while a screen is set up; focuses the given place once it is there, unless the focus has moved since or is
 * where nothing leads to a screen: in a dialog or in the header.
 */
export function useStart(): (place: Place | null | undefined) => void {
  const reach = focusLater()
  return (place) => {
    if (!document.activeElement?.closest('dialog, header')) reach(place)
  }
}

/** Where the line that was lit (-1: none) stands in the list as it is `now`; where it has gone, the one that took its place. */
export function stayOn<Line>(lit: number, before: readonly Line[], now: readonly Line[], nameOf: (line: Line) => string): number {
  const name = before[lit] && nameOf(before[lit])
  const at = now.findIndex((line) => nameOf(line) === name)
  return at >= 0 ? at : Math.max(0, Math.min(lit, now.length - 1))
}

/**
 * Runs what keys do one after another: a key pressed while an earlier one is still at work acts on what that one leaves, not
 * on what is about to go. `forget` drops those that wait: what they were meant for did not come.
 */
export function inTurn(): { (deed: () => unknown): void; forget(): void } {
  let last: Promise<unknown> = Promise.resolve()
  let round = 0
  const press = (deed: () => unknown): void => {
    const mine = round
    last = last.then(() => (mine === round ? deed() : undefined)).catch((thrown: unknown) => toast(messageOf(thrown), 'error'))
  }
  return Object.assign(press, { forget: () => void round++ })
}
