// Which sentences the first screen says, most pressing first. Pure: figures in, sentences out.
import type { Home } from '../../generated/Home'
import type { SyncState } from '../../generated/SyncState'
import { t } from '../../words'

export interface Task {
  kind: 'error' | 'warning' | 'next' | 'ok'
  shape: string
  text: string
  action?: string
  /** A screen, or 'copy' for last year's copy. */
  go?: string
}

/** `open`: what an exchange left for a person. `damage`: what verifying the whole book found. `journalFault`: why the second copy of the log is behind; `replayed`: batches that opening had to replay. */
export function todo(home: Home, journalFault: string | null, replayed: number, damage: string[] = [], open: Pick<SyncState, 'open_cases' | 'tray'> | null = null): Task[] {
  const tasks: Task[] = []
  const { counts, mandatory, explained, agencies_without_lines: without } = home
  const advisory = home.advisory - explained
  const none = (entity: string): boolean => (counts[entity] ?? 0) === 0
  if (damage.length > 0) tasks.push({ kind: 'error', shape: '✕', text: damage.join('；'), action: t('nav.backups'), go: 'backups' })
  if (journalFault) tasks.push({ kind: 'error', shape: '✕', text: t('home.journal', { reason: journalFault }) })
  if (replayed > 0) tasks.push({ kind: 'warning', shape: '▲', text: t('home.replayed', { n: replayed }), action: t('home.seeLog'), go: 'log' })
  if (open && open.open_cases > 0) tasks.push({ kind: 'warning', shape: '▲', text: t('sync.todo.cases', { n: open.open_cases }), action: t('sync.cases'), go: 'disputes' })
  if (open && open.tray > 0) tasks.push({ kind: 'warning', shape: '▲', text: t('home.tray', { n: open.tray }), action: t('home.toTray'), go: 'tray' })
  if (mandatory > 0) tasks.push({ kind: 'error', shape: '✕', text: t('home.mandatory', { n: mandatory }), action: t('home.fix'), go: 'checks' })
  if (advisory > 0) tasks.push({ kind: 'warning', shape: '▲', text: t('home.advisory', { n: advisory }) + (explained > 0 ? t('home.explained', { n: explained }) : ''), action: t('home.explain'), go: 'checks' })
  if (none('agency')) tasks.push({ kind: 'next', shape: '→', text: t('home.noUnits'), action: t('home.toUnits'), go: 'agency' })
  if (none('agency') || none('project')) tasks.push({ kind: 'next', shape: '→', text: t('home.lastYear'), action: t('copy.title'), go: 'copy' })
  if (none('project')) tasks.push({ kind: 'next', shape: '→', text: t('home.noProjects'), action: t('home.toProjects'), go: 'project' })
  if (none('agency') && none('project')) tasks.push({ kind: 'next', shape: '→', text: t('home.import'), action: t('nav.exchange'), go: 'exchange' })
  if (!none('agency') && without > 0) tasks.push({ kind: 'next', shape: '→', text: t('home.without', { n: without }), action: t('home.toBudget'), go: 'budget' })
  if (!none('budget_line') && none('allotment')) tasks.push({ kind: 'next', shape: '→', text: t('home.noAllotments'), action: t('home.toAllotments'), go: 'allotment' })
  if (tasks.length === 0) tasks.push({ kind: 'ok', shape: '✓', text: t('home.nothing') })
  return tasks
}
