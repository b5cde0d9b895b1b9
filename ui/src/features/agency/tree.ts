// The lines of the unit tree: who is under whom, what is folded, what the filter leaves. Pure.

export interface Unit {
  id: string
  parent: string | null
  code: string
  name: string
}

export interface TreeLine {
  unit: Unit
  depth: number
  kids: boolean
  open: boolean
}

const matches = ({ code, name }: Unit, text: string): boolean => name.includes(text) || code.startsWith(text)

/** A unit that points at nothing known, or round in a circle, stands at the top: nothing disappears. */
export function treeLines(units: readonly Unit[], folded: ReadonlySet<string>, text: string): TreeLine[] {
  const known = new Set(units.map((unit) => unit.id))
  const children = new Map<string | null, Unit[]>()
  for (const unit of units) {
    const parent = unit.parent !== null && known.has(unit.parent) && unit.parent !== unit.id ? unit.parent : null
    children.set(parent, [...(children.get(parent) ?? []), unit])
  }
  if (text !== '') return units.filter((unit) => matches(unit, text)).map((unit) => ({ unit, depth: 0, kids: false, open: false }))
  const lines: TreeLine[] = []
  const seen = new Set<string>()
  const add = (unit: Unit, depth: number, hidden: boolean): void => {
    if (seen.has(unit.id)) return
    seen.add(unit.id)
    const below = children.get(unit.id) ?? []
    const open = !folded.has(unit.id)
    if (!hidden) lines.push({ unit, depth, kids: below.length > 0, open })
    below.forEach((child) => add(child, depth + 1, hidden || !open))
  }
  children.get(null)?.forEach((unit) => add(unit, 0, false))
  units.forEach((unit) => add(unit, 0, false))
  return lines
}
