// What a person is about to decide of a case, and when it may go out. Pure.
import type { Value } from '../../fields'
import type { Case } from '../../generated/Case'
import type { Choice } from '../../generated/Choice'
import type { Decision } from '../../generated/Decision'
import type { WordKey } from '../../words'
import { dayAndTime } from '../common/desk'

export interface Draft {
  choice: Choice | null
  /** With 'other'; undefined until something was typed. */
  value: Value | undefined
  reason: string
}

export const emptyDraft = (): Draft => ({ choice: null, value: undefined, reason: '' })

/** The key that chooses; the order on the screen is the same. */
export const CHOICE_KEYS: Readonly<Record<string, Choice>> = { 1: 'keep', 2: 'take', 3: 'other' }

/** What is still missing, as a sentence; null when it may go out. */
export function lacks(item: Case, { choice, value, reason }: Draft): WordKey | null {
  if (choice === null) return 'cases.lacks.choice'
  if (choice === 'other' && value === undefined) return 'cases.lacks.value'
  if (reason.trim() === '' && item.money) return 'cases.lacks.reason.money'
  if (reason.trim() === '' && choice === 'other') return 'cases.lacks.reason.other'
  return null
}

export function decisionOf(item: Case, { choice, value, reason }: Draft): Decision {
  const seen = JSON.stringify(item.current.value)
  return { case: item.id, choice: choice!, reason: reason.trim(), seen, ...(choice === 'other' ? { value: value ?? null } : {}) }
}

/** Cases that may be decided together: plain ones, one of a field. */
export const isBulky = (item: Case): boolean => !item.money && !item.decided

/** Whose record of which kind a case is about, the parts that are known. */
export const about = ({ record }: Pick<Case, 'record'>): string =>
  [record.unit && [record.unit.code, record.unit.name].filter(Boolean).join(' '), record.entity_label, record.label].filter(Boolean).join(' · ')

/** '县局李会计 · 2026-11-20 10:32' of a deleted record, the parts that are known. */
export function deletedBy({ deleted }: Case['record']): string {
  if (!deleted) return ''
  return [deleted.by, deleted.at_ms > 0 ? dayAndTime(deleted.at_ms) : ''].filter(Boolean).join(' · ')
}
