// Where the hands start on a screen: it has the focus as soon as the screen is read. A hand that was faster than the
// disk keeps what it holds, on the screen or beside it; taking that away would send the next key to the wrong place.

/**
 * Called while a screen is set up; focuses the given place once it is there, unless the focus has moved since or is
 * where nothing leads to a screen: in a dialog or in the header.
 */
export function useStart(): (place: HTMLElement | null | undefined) => void {
  const before = document.activeElement
  return (place) => {
    const held = document.activeElement
    const hasMoved = held !== null && held !== document.body && held !== before
    if (!hasMoved && !held?.closest('dialog, header')) place?.focus()
  }
}
