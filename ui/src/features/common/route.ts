// Where in the program a person is, as the part of the address after '#': #/project/<id>?tab=plan.
// A plain reactive object; screens are few and none is nested, so no router library.
import { reactive, readonly } from 'vue'

export interface Route {
  /** Key of a screen (shell/screens.ts). */
  screen: string
  /** The record to show, '' = none in particular. */
  id: string
  /** Anything else: field to go to, tab, filter. */
  query: Readonly<Record<string, string>>
}

const current = reactive<{ screen: string; id: string; query: Record<string, string> }>({ screen: 'home', id: '', query: {} })
export const route = readonly(current) as Route

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?')
  const [screen = '', id = ''] = path.split('/').map(decodeURIComponent)
  return { screen: screen || 'home', id, query: Object.fromEntries(new URLSearchParams(search)) }
}

export function routeText({ screen, id, query }: Route): string {
  const search = new URLSearchParams(query).toString()
  return `#/${encodeURIComponent(screen)}${id && `/${encodeURIComponent(id)}`}${search && `?${search}`}`
}

export function go(screen: string, id = '', query: Record<string, string> = {}): void {
  const hash = routeText({ screen, id, query })
  if (location.hash === hash) follow()
  else location.hash = hash
}

function follow(): void {
  const next = parseRoute(location.hash)
  Object.assign(current, { screen: next.screen, id: next.id, query: { ...next.query } })
}

/** Follows the address from now on. Call once. */
export function followRoute(): void {
  addEventListener('hashchange', () => {
    // Whoever goes to a screen from the header (by its search) leaves the header: the screen takes the focus.
    const held = document.activeElement
    if (held instanceof HTMLElement && held.closest('header')) held.blur()
    follow()
  })
  follow()
}
