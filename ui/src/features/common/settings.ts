// What a screen remembers between days: one JSON per key in the book's settings. Kept here in memory
// too, so that a screen opened again looks the same at once.
import { ref, type Ref } from 'vue'
import { call } from '../../backend'
import type { MoneyUnit } from '../../fields'
import { preferences, setPreferences, type Preferences } from '../../kit/preferences'

/** Read before any book is open, hence not in the book. */
const PREFERENCES_KEY = 'suanpan.preferences'

const known = new Map<string, unknown>()

export async function setting<T>(key: string, otherwise: T): Promise<T> {
  if (!known.has(key)) known.set(key, (await call('setting', { key })).value)
  const value = known.get(key)
  return value === null || value === undefined ? otherwise : (value as T)
}

/** Remembers `value`; a setting that cannot be kept is no reason to disturb anybody. */
export function putSetting(key: string, value: unknown): void {
  known.set(key, value)
  void call('put_setting', { key, value }).catch(() => undefined)
}

export const forgetSettings = (): void => known.clear()

/** 元 or 万元, everywhere at once. */
export const moneyUnit: Ref<MoneyUnit> = ref('yuan')
export const enterMoves: Ref<'down' | 'right'> = ref('down')

export function setMoneyUnit(unit: MoneyUnit): void {
  moneyUnit.value = unit
  putSetting('money-unit', unit)
}

export function setEnterMoves(direction: 'down' | 'right'): void {
  enterMoves.value = direction
  putSetting('enter-moves', direction)
}

export async function readWorkingSettings(): Promise<void> {
  moneyUnit.value = await setting<MoneyUnit>('money-unit', 'yuan')
  enterMoves.value = await setting<'down' | 'right'>('enter-moves', 'down')
}

/** Language, colours and size of type belong to the PC, not to the book. */
export function restorePreferences(): void {
  try {
    setPreferences(JSON.parse(localStorage.getItem(PREFERENCES_KEY) ?? '{}') as Partial<Preferences>)
  } catch {
    localStorage.removeItem(PREFERENCES_KEY)
  }
}

export function changePreferences(changes: Partial<Preferences>): void {
  setPreferences(changes)
  localStorage.setItem(PREFERENCES_KEY, JSON.stringify(preferences))
}
