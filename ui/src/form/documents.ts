// Entity documents as screens read them: which fields, under which names, in which sections, with
// which field kind of fields/. Loaded once per book; nothing about an entity is written down twice.
import { shallowRef } from 'vue'
import { call } from '../backend'
import type { FieldSpec } from '../fields'
import type { EntityDef } from '../generated/EntityDef'
import type { FieldDef } from '../generated/FieldDef'
import type { Label } from '../generated/Label'
import { locale } from '../kit/i18n'

const documents = shallowRef<ReadonlyMap<string, EntityDef>>(new Map())

export async function loadDocuments(): Promise<void> {
  const all = await call('entities', {})
  documents.value = new Map(all.map((def) => [def.entity, def]))
}

export const entities = (): EntityDef[] => [...documents.value.values()]

/** The document of an entity; asking for one that does not exist is a mistake of the program. */
export function entityDef(entity: string): EntityDef {
  const def = documents.value.get(entity)
  if (!def) throw new Error(`no document for ${entity}`)
  return def
}

/** A label in the language on the screen; Chinese where a translation is still missing. */
export const labelText = (label: Label): string => label[locale.value] || label.zh

export const fieldOf = (def: EntityDef, name: string): FieldDef | undefined => def.fields.find((field) => field.name === name)
export const fieldIndex = (def: EntityDef, name: string): number => def.fields.findIndex((field) => field.name === name)

/** What fields/ needs to know of a document's field. */
export function specOf(field: FieldDef): FieldSpec {
  switch (field.kind) {
    case 'text': return { kind: field.multiline ? 'multiline' : 'text', max: field.max }
    case 'code': return { kind: 'code', set: field.set }
    case 'reference': return { kind: 'reference', entity: field.entity }
    case 'decimal': return { kind: 'decimal', scale: field.scale }
    default: return { kind: field.kind }
  }
}

/** px at the middle size for fields whose document gives none. */
const WIDTH: Record<FieldDef['kind'], number> = {
  text: 160, code: 160, reference: 180, money: 130, decimal: 90, integer: 80, year: 70, date: 110, bool: 70,
}

export const widthOf = (field: FieldDef): number => field.width || WIDTH[field.kind]

/** true for a field that nobody may type into, in any record. */
export const isDerived = (field: FieldDef): boolean => Boolean(field.derived)

export interface Section {
  title: string
  fields: FieldDef[]
}

/** The fields of a form in the order of the document, gathered by section; `without` is left out. */
export function sectionsOf(def: EntityDef, without: readonly string[] = []): Section[] {
  const sections: Section[] = []
  for (const field of def.fields) {
    if (without.includes(field.name)) continue
    const title = field.section ?? ''
    const section = sections.find((known) => known.title === title)
    if (section) section.fields.push(field)
    else sections.push({ title, fields: [field] })
  }
  return sections
}
