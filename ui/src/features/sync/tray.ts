// The tray as the screen shows it: lines by the gesture they came from, values that a person put in place of the refused
// ones. Pure.
import type { Value } from '../../fields'
import type { Edit } from '../../generated/Edit'
import type { TrayChange } from '../../generated/TrayChange'
import type { TrayChoice } from '../../generated/TrayChoice'
import type { TrayEntry } from '../../generated/TrayEntry'

export interface TrayGroup {
  id: string
  label: string
  actor: string
  at_ms: number
  entries: TrayEntry[]
}

/** Lines that were made together stand together, in the order in which they became known. */
export function groupsOf(entries: readonly TrayEntry[]): TrayGroup[] {
  const groups = new Map<string, TrayGroup>()
  for (const entry of entries) {
    const { group: id, label, actor, at_ms } = entry
    const group = groups.get(id) ?? { id, label, actor, at_ms, entries: [] }
    group.entries.push(entry)
    groups.set(id, group)
  }
  return [...groups.values()]
}

/** How many lines a choice means; `counts`: lines of each group. */
export const countOf = ({ ids, groups }: TrayChoice, counts: Readonly<Record<string, number>>): number =>
  groups.reduce((sum, group) => sum + (counts[group] ?? 0), ids.length)

/** Instead of the refused values: line and field → what is sent. */
export type Instead = ReadonlyMap<string, Value>
export const insteadKey = (id: string, field: string): string => `${id} ${field}`

export function changesOf(entry: TrayEntry, instead: Instead): TrayChange[] {
  const changed = entry.fields.filter(({ field }) => instead.has(insteadKey(entry.id, field.name)))
  return changed.map(({ field }) => ({ id: entry.id, field: field.name, to: instead.get(insteadKey(entry.id, field.name))! }))
}

/** A refused change of a record that was deleted: it can be sent again once the record is restored. */
export const isGone = ({ verb, record }: TrayEntry): boolean => verb === 'edit' && record.deleted !== null

/** Restores the deleted records of these lines, each once. */
export function restoresOf(entries: readonly TrayEntry[]): Edit[] {
  const records = new Map(entries.filter(isGone).map(({ record }) => [record.id, record]))
  return [...records.values()].map(({ entity, id }) => ({ edit: 'restore', entity, id }))
}
