// The kit's front door: words, preferences and the small pieces that every screen is built from.
// Import theme.css and kit.css once, in main.ts. Element Plus comes from element.ts, on purpose not
// from here, so that a screen that needs none of it does not load its style sheets.
export { default as EmptyState } from './EmptyState.vue'
export { default as FindList } from './FindList.vue'
export { default as ModalDialog } from './ModalDialog.vue'
export { default as PopupMenu } from './PopupMenu.vue'
export type { MenuItem } from './PopupMenu.vue'
export { default as ProgressBar } from './ProgressBar.vue'
export { default as SplitPane } from './SplitPane.vue'
export { default as StatusPill } from './StatusPill.vue'
export type { PillState } from './StatusPill.vue'
export { default as ToastArea } from './ToastArea.vue'
export { focusLater, isNowhere, type Place } from './focus'
export { addTexts, locale, t, tx, type Locale, type TextKey } from './i18n'
export { latest } from './latest'
export {
  followPreferences, fontSize, preferences, rowHeight, setPreferences, shownTheme, type Preferences, type Theme, type TypeSize,
} from './preferences'
export { dismiss, toast, toasts, type Toast, type ToastKind } from './toast'
