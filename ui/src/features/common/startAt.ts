// Where the hands start on a screen: it has the focus as soon as the screen is read. A hand that was faster
// than the disk keeps what it holds; taking that away would send the next key to the wrong place.

/** Focuses `place`, unless something on its screen, or a dialog, has the focus by now. */
export function startAt(place: HTMLElement | null | undefined): void {
  const held = document.activeElement
  if (!held?.closest('dialog') && !place?.closest('section')?.contains(held)) place?.focus()
}
