// One import on its way, from the file to the committed rows. It is kept here and not in the screen, so
// that going elsewhere and coming back loses nothing. Steps only ever add: a change to an earlier one
// makes the preview stale and throws nothing away.
import { computed, reactive, shallowRef } from 'vue'
import { call, files, followJob, isFailure, messageOf, type ChosenFile, type Progress } from '../../backend'
import { entities, entityDef, labelText } from '../../form/documents'
import { readSets } from '../../form/choices'
import type { Value } from '../../fields'
import type { ColumnRole } from '../../generated/ColumnRole'
import type { Committed } from '../../generated/Committed'
import type { ImportFile } from '../../generated/ImportFile'
import type { JobStarted } from '../../generated/JobStarted'
import type { Layout } from '../../generated/Layout'
import type { Previewed } from '../../generated/Previewed'
import type { Recognised } from '../../generated/Recognised'
import { latest, toast } from '../../kit'
import { t } from '../../words'
import { announce, desk, readBookState } from '../common/desk'
import { assign, broughtFields } from './columns'

export const READABLE = ['xlsx', 'xls', 'xlsb', 'xlsm', 'ods', 'csv', 'txt', 'html', 'htm', 'et']

export type Step = 'file' | 'sheet' | 'columns' | 'check' | 'confirm'
export const STEPS: readonly Step[] = ['file', 'sheet', 'columns', 'check', 'confirm']

interface Wizard {
  /** The book this import belongs to. */
  book: string
  entity: string
  year: number
  given: Record<string, Value>
  skipErrors: boolean
  /** What is being waited for. */
  busy: Progress | null
  /** Why the last step did not work. */
  problem: string
  /** The settings changed since the rows were checked. */
  stale: boolean
}

const begin = (): Wizard => ({ book: '', entity: '', year: desk.year, given: {}, skipErrors: false, busy: null, problem: '', stale: false })

export const wizard = reactive<Wizard>(begin())
// Answers of the desk are replaced as a whole, never changed in place.
export const file = shallowRef<ImportFile | null>(null)
export const found = shallowRef<Recognised | null>(null)
export const layout = shallowRef<Layout | null>(null)
export const previewed = shallowRef<Previewed | null>(null)
export const committed = shallowRef<Committed | null>(null)
/** Grows with every preview: whoever shows its rows reads them again. */
export const previewNumber = shallowRef(0)

let stopper: AbortController | null = null

/** The furthest step that can be worked on now. */
export const reached = computed<Step>(() => {
  if (!file.value) return 'file'
  if (!layout.value) return 'sheet'
  if (!previewed.value) return 'columns'
  return wizard.stale ? 'check' : 'confirm'
})

export const isReached = (step: Step): boolean => STEPS.indexOf(step) <= STEPS.indexOf(reached.value)

/** Explanations belong to findings of this very book; disputes and amendments are written by the province. */
const NEVER_IMPORTED: ReadonlySet<string> = new Set(['explanation', 'conflict_case', 'province_document'])

/** Kinds of records that a workbook can bring. */
export const importable = computed(() => entities().filter((def) => !NEVER_IMPORTED.has(def.entity)).map((def) => ({ key: def.entity, text: labelText(def.label) })))

const ask = latest()

function clear(): void {
  ask()
  Object.assign(wizard, begin())
  file.value = found.value = layout.value = previewed.value = committed.value = null
}

/** Lets go of the workbook; nothing was written unless it was committed. */
export function startOver(): void {
  stop()
  if (file.value) void call('import_forget', { import: file.value.import }).catch(() => undefined)
  clear()
}

/** To be called when the screen appears: an import of another book is of no use any more. */
export function adoptBookOfScreen(): void {
  const book = desk.book?.info?.book_id ?? ''
  if (wizard.book !== book) clear()
  wizard.book = book
}

export const stop = (): void => stopper?.abort()

/** Grows with every step that a person asks for. */
export const steps = shallowRef(0)

/** Runs one step. What goes wrong is said on the page; being stopped by the person is nothing wrong. */
async function step(work: () => Promise<void>): Promise<void> {
  if (wizard.busy) return
  steps.value++
  wizard.problem = ''
  try {
    await work()
  } catch (thrown) {
    if (!isFailure(thrown, 'cancelled')) wizard.problem = messageOf(thrown)
    else toast(t('import.stopped'))
  } finally {
    wizard.busy = null
    stopper = null
  }
}

async function job<T>(label: string, start: () => Promise<JobStarted>): Promise<T> {
  stopper = new AbortController()
  wizard.busy = { label, done: 0, all: null, secondsLeft: null }
  return followJob<T>(await start(), (progress) => (wizard.busy = { ...progress, label }), stopper.signal)
}

const choosing = { title: () => t('import.choose'), extensions: READABLE }

export const chooseFile = (): Promise<void> => step(async () => {
  const chosen = await files.choose({ title: choosing.title(), extensions: choosing.extensions })
  if (chosen) await readFile(chosen)
})

export const takeFile = (dropped: File): Promise<void> => step(async () => readFile(await files.take(dropped)))

/** A file named by its path, for the window whose dialog is not at hand and for scripts of people. */
async function readFile(chosen: ChosenFile): Promise<void> {
  const read = await job<ImportFile>(t('import.reading', { name: chosen.name }), () => call('import_read', { path: chosen.path, file_name: chosen.name }))
  if (file.value) void call('import_forget', { import: file.value.import }).catch(() => undefined)
  const wanted = read.entity ?? wizard.entity
  clear()
  Object.assign(wizard, { book: desk.book?.info?.book_id ?? '', entity: wanted, year: read.fiscal_year ?? desk.year })
  file.value = read
  if (wanted) await recognise(null)
}

async function recognise(sheet: number | null, header: [number, number] | null = null): Promise<void> {
  const recognised = call('import_recognise', { import: file.value!.import, entity: wizard.entity, sheet, header })
  // A header that is none leaves everything as it was; another sheet or kind has nothing to keep.
  if (header === null) layout.value = found.value = previewed.value = null
  const isLatest = ask()
  const [answer] = await Promise.all([recognised, readSets(entityDef(wizard.entity).fields)])
  // Another sheet, kind or workbook was chosen meanwhile.
  if (!isLatest()) return
  // Last of all: with a layout the page offers to go on, so nothing may still be under way then.
  found.value = answer
  layout.value = answer.layout
}

export const setEntity = (entity: string): Promise<void> => step(async () => {
  wizard.entity = entity
  wizard.given = {}
  await recognise(null)
})

export const setSheet = (sheet: number): Promise<void> => step(() => recognise(sheet))

/** Says where the header is (rows from 0); what its columns mean is recognised again. */
export const setHeader = (rows: [number, number]): Promise<void> => step(async () => {
  await recognise(layout.value?.sheet ?? null, rows)
  wizard.stale = previewed.value !== null
})

/** Any change after the rows were checked makes the check stale. */
export function changeLayout(change: Partial<Layout>): void {
  if (!layout.value) return
  layout.value = { ...layout.value, ...change }
  wizard.stale = previewed.value !== null
}

export function setRole(column: number, role: ColumnRole): void {
  if (layout.value) changeLayout(assign(layout.value, column, role))
}

export function give(field: string, value: Value): void {
  wizard.given = { ...wizard.given, [field]: value }
  wizard.stale = previewed.value !== null
}

export function setYear(year: number): void {
  wizard.year = year
  wizard.stale = previewed.value !== null
}

/** Values given for all rows, as far as no column brings the field after all. */
function givenNow(): Record<string, Value> {
  const brought = broughtFields(layout.value!)
  return Object.fromEntries(Object.entries(wizard.given).filter(([field, value]) => value !== null && !brought.has(field)))
}

export const check = (): Promise<void> => step(async () => {
  const request = { import: file.value!.import, entity: wizard.entity, layout: layout.value!, fiscal_year: wizard.year, given: givenNow() }
  previewed.value = await job<Previewed>(t('import.checking'), () => call('import_preview', request))
  previewNumber.value++
  wizard.stale = false
  wizard.skipErrors = false
  committed.value = null
})

/** What would be written; null while it cannot be confirmed. */
export const pending = computed(() => {
  const summary = previewed.value?.summary
  if (!summary || wizard.stale || committed.value || wizard.busy) return null
  if (summary.errors > 0 && !wizard.skipErrors) return null
  return summary.new + summary.changed > 0 ? summary : null
})

export const commit = (): Promise<void> => step(async () => {
  if (!pending.value) return
  committed.value = await job<Committed>(t('import.writing'), () => call('import_commit', { import: file.value!.import, skip_errors: wizard.skipErrors }))
  await readBookState().catch(() => undefined)
  announce()
  toast(t('import.done', { n: committed.value.new + committed.value.changed }), 'ok')
})

/** The clerk's own rows in error, with the reasons, as a workbook to correct and import again. */
export const saveErrorBook = (): Promise<void> => step(async () => {
  const name = file.value!.file_name.replace(/\.[0-9A-Za-z]+$/, '')
  const target = await files.target({ title: t('import.errorBook'), extensions: ['xlsx'], suggested: `${name}-${t('import.errorBook.name')}.xlsx` })
  if (!target) return
  const written = await call('import_error_book', { import: file.value!.import, path: target.path })
  await files.deliver(target)
  toast(t('import.errorBook.done', { n: written.rows }), 'ok')
})
