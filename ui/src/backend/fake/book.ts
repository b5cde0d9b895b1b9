// Records in memory with edits, undo and redo, and a log. Values are kept by field name.
import type { Edit } from '../../generated/Edit'
import type { EntityDef } from '../../generated/EntityDef'
import type { FieldDef } from '../../generated/FieldDef'
import type { CallErrorCode } from '../../generated/CallErrorCode'

export type FakeValue = string | number | boolean | null

export interface FakeRecord {
  id: string
  entity: string
  year: number
  version: number
  deleted: boolean
  values: Record<string, FakeValue>
}

interface Step {
  label: string
  /** What each touched record was before; undefined = it did not exist. */
  before: Map<string, FakeRecord | undefined>
  after: Map<string, FakeRecord>
}

export const refuse = (code: CallErrorCode, message: string, field: string | null = null) => ({ code, message, field })

export class FakeBook {
  readonly records = new Map<string, FakeRecord>()
  private readonly done: Step[] = []
  private readonly undone: Step[] = []
  private last = 0
  changes = 0

  constructor(readonly defs: readonly EntityDef[]) {}

  def(entity: string): EntityDef {
    const def = this.defs.find((known) => known.entity === entity)
    if (!def) throw refuse('bad_request', `没有“${entity}”这种数据`)
    return def
  }

  get undoLabel(): string | null {
    return this.done.at(-1)?.label ?? null
  }

  get redoLabel(): string | null {
    return this.undone.at(-1)?.label ?? null
  }

  newId(): string {
    return `00000000-0000-7000-8000-${String(++this.last).padStart(12, '0')}`
  }

  add(entity: string, year: number, given: Record<string, FakeValue>, id = this.newId()): FakeRecord {
    const values: Record<string, FakeValue> = {}
    for (const field of this.def(entity).fields) values[field.name] = given[field.name] ?? (field.default as FakeValue | undefined) ?? null
    const record = { id, entity, year, version: 1, deleted: false, values }
    this.records.set(id, record)
    return record
  }

  of(entity: string): FakeRecord[] {
    return [...this.records.values()].filter((record) => record.entity === entity && !record.deleted)
  }

  get(id: string): FakeRecord {
    const record = this.records.get(id)
    if (!record) throw refuse('not_found', '没有这条记录')
    return record
  }

  /** All edits or none; ids of the new records. */
  apply(label: string, edits: readonly Edit[]): { created: string[]; touched: string[] } {
    const before = new Map<string, FakeRecord | undefined>()
    const created: string[] = []
    const note = (id: string): void => {
      if (!before.has(id)) before.set(id, this.records.has(id) ? structuredClone(this.records.get(id)) : undefined)
    }
    try {
      for (const edit of edits) {
        if (edit.edit === 'new') {
          const id = edit.id ?? this.newId()
          note(id)
          this.add(edit.entity, edit.fiscal_year, edit.fields, id)
          created.push(id)
          continue
        }
        note(edit.id)
        this.change(this.get(edit.id), edit)
      }
    } catch (refusal) {
      this.restore(before)
      throw refusal
    }
    const after = new Map([...before.keys()].map((id) => [id, structuredClone(this.get(id))]))
    this.done.push({ label, before, after })
    this.undone.length = 0
    this.changes++
    return { created, touched: [...before.keys()] }
  }

  private change(record: FakeRecord, edit: Exclude<Edit, { edit: 'new' }>): void {
    record.version++
    if (edit.edit === 'delete') record.deleted = true
    else if (edit.edit === 'restore') record.deleted = false
    else if (record.values[edit.field] !== edit.from) throw refuse('stale', '这一项已被别处修改，请看新值', edit.field)
    else record.values[edit.field] = edit.to
  }

  private restore(states: ReadonlyMap<string, FakeRecord | undefined>): void {
    for (const [id, state] of states) {
      if (state) this.records.set(id, structuredClone(state))
      else this.records.delete(id)
    }
  }

  undo(): { label: string; touched: string[] } {
    const step = this.done.pop()
    if (!step) throw refuse('refused', '没有可以撤销的操作')
    this.restore(step.before)
    this.undone.push(step)
    this.changes++
    return { label: step.label, touched: [...step.before.keys()] }
  }

  redo(): { label: string; touched: string[] } {
    const step = this.undone.pop()
    if (!step) throw refuse('refused', '没有可以重做的操作')
    this.restore(step.after)
    this.done.push(step)
    this.changes++
    return { label: step.label, touched: [...step.after.keys()] }
  }

  get log(): readonly { label: string; ops: number }[] {
    return this.done.map((step) => ({ label: step.label, ops: step.before.size }))
  }

  /** A field's value with the derived ones worked out. */
  value(record: FakeRecord, field: FieldDef): FakeValue {
    const derived = field.derived
    if (!derived) return record.values[field.name] ?? null
    const def = this.def(record.entity)
    const number = (name: string): number => Number(this.value(record, def.fields.find((other) => other.name === name)!) ?? 0)
    switch (derived.op) {
      case 'total': return derived.plus.reduce((sum, name) => sum + number(name), 0) - (derived.minus ?? []).reduce((sum, name) => sum + number(name), 0)
      case 'count_of': return this.of(derived.entity).filter((other) => other.values[derived.on] === record.id).length
      case 'sum_of': return this.of(derived.entity)
        .filter((other) => other.values[derived.on] === record.id && Object.entries(derived.only ?? {}).every(([name, values]) => values.includes(String(other.values[name]))))
        .reduce((sum, other) => sum + Number(other.values[derived.field] ?? 0), 0)
      case 'percent': return number(derived.to) === 0 ? null : ((number(derived.of) * 100) / number(derived.to)).toFixed(2)
      default: return null
    }
  }

  title(record: FakeRecord): { code: string; name: string } {
    const def = this.def(record.entity)
    const text = (name: string | undefined): string => String((name && record.values[name]) ?? '')
    const kinds = new Map(def.fields.map((field) => [field.name, field.kind]))
    const code = [...def.key].reverse().find((name) => ['text', 'code'].includes(kinds.get(name) ?? ''))
    return { code: text(code ?? def.title), name: text(def.title) }
  }
}
