// The focus after something was waited for. A hand that was faster than the answer keeps what it holds; taking that away
// would send the next key to the wrong place. Whoever focuses anything after an `await` does it through here.

/** What can be focused: an element, or a component that passes it on. */
export interface Place {
  focus(): void
}

/** Is the focus on nothing at all: nowhere yet, or on what has gone from the page since? */
export const isNowhere = (): boolean => document.activeElement === null || document.activeElement === document.body

/**
 * Called before the wait; what it returns focuses a place after it, unless the focus has moved to something else
 * meanwhile. False: it has moved. May be called again: what it focused itself has not moved.
 */
export function focusLater(): (place: Place | null | undefined) => boolean {
  let before = document.activeElement
  return (place) => {
    const isFree = isNowhere() || document.activeElement === before
    if (!isFree) return false
    place?.focus()
    before = document.activeElement
    return true
  }
}
