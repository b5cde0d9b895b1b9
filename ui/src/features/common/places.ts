// On which screen a record of an entity is looked at, and in which tab of whose panel when it is a line
// inside another record.
import { call } from '../../backend'
import { entityDef, fieldIndex } from '../../form/documents'
import { desk } from './desk'
import { go, route, routeText } from './route'

interface Place {
  screen: string
  /** The tab of the owner's panel that shows it; the owner is the document's own `owner` field. */
  tab?: string
}

const PLACES: Record<string, Place> = {
  agency: { screen: 'agency' }, agency_staff: { screen: 'agency', tab: 'staff' }, bank_account: { screen: 'agency', tab: 'accounts' },
  project: { screen: 'project' }, annual_plan: { screen: 'project', tab: 'plan' }, project_detail: { screen: 'project', tab: 'detail' },
  performance_goal: { screen: 'project', tab: 'performance' }, performance_indicator: { screen: 'project', tab: 'performance' },
  budget_line: { screen: 'budget' }, income_line: { screen: 'income' }, allotment: { screen: 'allotment' },
}

/** Goes to the record, in the year it belongs to; a line goes to its owner with its tab open. */
export async function showRecord(entity: string, id: string, field = '', year = desk.year): Promise<void> {
  if (year !== desk.year && !entityDef(entity).any_year) desk.year = year
  const place = PLACES[entity]
  if (entity === 'allotment_voucher') return showVoucher(id)
  if (!place) return go('data', id, { entity })
  const { owner } = entityDef(entity)
  if (!place.tab || !owner) return go(place.screen, id, field ? { field } : {})
  const values = await valuesOf(entity, id)
  if (values) go(place.screen, String(values[fieldIndex(entityDef(entity), owner)] ?? ''), { tab: place.tab })
}

/** What a record holds; undefined for whoever has gone to another screen meanwhile. */
async function valuesOf(entity: string, id: string): Promise<readonly unknown[] | undefined> {
  const from = routeText(route)
  const { rows } = await call('record', { entity, id })
  return routeText(route) === from ? (rows[0]?.values ?? []) : undefined
}

async function showVoucher(id: string): Promise<void> {
  const def = entityDef('allotment_voucher')
  const values = await valuesOf('allotment_voucher', id)
  if (!values) return
  const allotment = values[fieldIndex(def, 'to_allotment')] ?? values[fieldIndex(def, 'from_allotment')]
  go('allotment', String(allotment ?? ''), { tab: 'ledger' })
}
