// The screens, in the order of the navigation, with the digit that Alt opens them by. Screens that
// share one place there (`under`) are tabs of each other.
import type { Component } from 'vue'
import AgencyScreen from '../features/agency/AgencyScreen.vue'
import AllotmentScreen from '../features/allotment/AllotmentScreen.vue'
import BackupsScreen from '../features/backups/BackupsScreen.vue'
import BudgetScreen from '../features/budget/BudgetScreen.vue'
import ChecksScreen from '../features/checks/ChecksScreen.vue'
import DataScreen from '../features/data/DataScreen.vue'
import DiscloseScreen from '../features/export/DiscloseScreen.vue'
import ExportScreen from '../features/export/ExportScreen.vue'
import HomeScreen from '../features/home/HomeScreen.vue'
import ImportScreen from '../features/import/ImportScreen.vue'
import LogScreen from '../features/history/LogScreen.vue'
import PerformanceScreen from '../features/performance/PerformanceScreen.vue'
import ProjectScreen from '../features/project/ProjectScreen.vue'
import CasesScreen from '../features/sync/CasesScreen.vue'
import SettingsScreen from '../features/settings/SettingsScreen.vue'
import TrayScreen from '../features/sync/TrayScreen.vue'
import { sync } from '../features/common/sync'
import type { WordKey } from '../words'

export interface Screen {
  /** First part of the address. */
  key: string
  title: WordKey
  view: Component
  /** Absent: reached from another screen, not from the navigation. */
  digit?: string
  /** The screen of the navigation it belongs to. */
  under?: string
  /** Shown as one of the tabs of its place. */
  tab?: WordKey
  /** How much of it waits for a person. */
  waiting?: () => number
}

export const screens: readonly Screen[] = [
  { key: 'home', digit: '1', title: 'nav.home', view: HomeScreen },
  { key: 'agency', digit: '2', title: 'nav.agencies', view: AgencyScreen },
  { key: 'project', digit: '3', title: 'nav.projects', view: ProjectScreen },
  { key: 'budget', digit: '4', title: 'nav.budget', view: BudgetScreen },
  { key: 'performance', digit: '5', title: 'nav.performance', view: PerformanceScreen },
  { key: 'checks', digit: '6', title: 'nav.checks', view: ChecksScreen },
  { key: 'allotment', digit: '7', title: 'nav.allotments', view: AllotmentScreen },
  { key: 'exchange', digit: '8', title: 'nav.exchange', view: ImportScreen, tab: 'import.title' },
  { key: 'export', title: 'nav.exchange', view: ExportScreen, under: 'exchange', tab: 'export.title' },
  { key: 'disclose', title: 'nav.exchange', view: DiscloseScreen, under: 'exchange', tab: 'disclose.title' },
  { key: 'disputes', digit: '9', title: 'nav.sync', view: CasesScreen, tab: 'sync.cases', waiting: () => sync.state?.open_cases ?? 0 },
  { key: 'tray', title: 'nav.sync', view: TrayScreen, under: 'disputes', tab: 'sync.tray', waiting: () => sync.state?.tray ?? 0 },
  { key: 'settings', digit: '0', title: 'nav.settings', view: SettingsScreen, tab: 'settings.preferences' },
  { key: 'backups', title: 'nav.backups', view: BackupsScreen, under: 'settings', tab: 'nav.backups' },
  { key: 'log', title: 'settings.log', view: LogScreen, under: 'settings', tab: 'settings.log' },
  { key: 'data', title: 'settings.data', view: DataScreen, under: 'settings', tab: 'settings.data' },
  { key: 'income', title: 'nav.budget', view: BudgetScreen, under: 'budget' },
]

export const inNavigation = screens.filter((screen) => screen.digit !== undefined)

export const screenOf = (key: string): Screen => screens.find((screen) => screen.key === key) ?? screens[0]!

/** The place in the navigation a screen belongs to. */
export const placeOf = (screen: Screen): string => screen.under ?? screen.key

/** Screens that are tabs of the same place as this one; empty when it has no tabs. */
export const tabsOf = (screen: Screen): Screen[] => (screen.tab ? screens.filter((other) => other.tab && placeOf(other) === placeOf(screen)) : [])

/** What waits for a person at this place of the navigation. */
export const waitingAt = (place: string): number =>
  screens.filter((screen) => placeOf(screen) === place).reduce((sum, screen) => sum + (screen.waiting?.() ?? 0), 0)
