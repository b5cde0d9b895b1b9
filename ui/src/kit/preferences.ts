// How this person likes the screen: theme, size of type, language. Held here and applied to the
// page; where it is stored is the business of whoever calls `setPreferences` (the settings screen).
import { computed, reactive, watch } from 'vue'
import { locale, type Locale } from './i18n'

export type Theme = 'system' | 'light' | 'dark'
export type TypeSize = 'small' | 'medium' | 'large'

export interface Preferences {
  theme: Theme
  typeSize: TypeSize
  locale: Locale
}

/** px of type and of one sheet row. Tibetan stacks need 36 px or they stretch the row. */
const SIZES: Record<TypeSize, { font: number; row: number }> = {
  small: { font: 12, row: 26 },
  medium: { font: 13, row: 28 },
  large: { font: 16, row: 36 },
}
const TIBETAN_ROW = 36

export const preferences = reactive<Preferences>({ theme: 'system', typeSize: 'medium', locale: 'zh' })

export const fontSize = computed(() => SIZES[preferences.typeSize].font)
export const rowHeight = computed(() => Math.max(SIZES[preferences.typeSize].row, preferences.locale === 'bo' ? TIBETAN_ROW : 0))

const systemDark = reactive({ matches: false })

/** The theme on the screen after 'system' has been asked. */
export const shownTheme = computed<'light' | 'dark'>(() => {
  if (preferences.theme !== 'system') return preferences.theme
  return systemDark.matches ? 'dark' : 'light'
})

export function setPreferences(changes: Partial<Preferences>): void {
  Object.assign(preferences, changes)
}

const LANGUAGE_TAG: Record<Locale, string> = { zh: 'zh-CN', en: 'en', bo: 'bo' }

/** Applies the preferences to the page now and on every change. Call once, before mounting. */
export function followPreferences(root: HTMLElement = document.documentElement): void {
  const query = matchMedia('(prefers-color-scheme: dark)')
  systemDark.matches = query.matches
  query.addEventListener('change', (event) => (systemDark.matches = event.matches))
  watch(
    [shownTheme, fontSize, rowHeight, () => preferences.locale],
    () => {
      locale.value = preferences.locale
      root.lang = LANGUAGE_TAG[preferences.locale]
      root.dataset.theme = shownTheme.value
      // Element Plus reads the class for its own dark rules.
      root.classList.toggle('dark', shownTheme.value === 'dark')
      root.style.setProperty('--type', `${fontSize.value}px`)
      root.style.setProperty('--row', `${rowHeight.value}px`)
    },
    { immediate: true, flush: 'sync' },
  )
}
