// The frame of the program as a person uses it: screens by Alt+digit, the save pill, messages, search.

import { Sheet } from './sheet.mjs'

const DIGITS = { home: '1', agency: '2', project: '3', budget: '4', performance: '5', checks: '6', allotment: '7', exchange: '8', disputes: '9', settings: '0' }

export class Program {
  constructor(page) {
    this.page = page
    this.pill = page.getByRole('status')
    this.messages = page.getByRole('log')
    this.panel = page.getByRole('complementary')
    this.dialog = page.getByRole('dialog')
    this.status = page.getByRole('contentinfo')
  }

  /** Resolves when the first screen is there. */
  async opened() {
    await this.page.getByRole('navigation', { name: '页面' }).waitFor()
    return this
  }

  /** Goes to a screen by its key; resolves to its first sheet, if it has one. */
  async go(screen) {
    await this.opened()
    await this.page.keyboard.press(`Alt+${DIGITS[screen]}`)
    await this.page.locator(`nav a[aria-current=page][href="#/${screen}"]`).waitFor()
    return this
  }

  /** The sheet of that name, once it shows its rows and has the focus or is asked for it. */
  async sheet(name) {
    const sheet = new Sheet(this.page, name)
    await sheet.ready()
    return sheet
  }

  press = (...keys) => keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve())
  type = (text) => this.page.keyboard.type(text)

  /** Resolves when the header says that the last change is on disk. */
  saved = () => this.pill.filter({ hasText: '已自动保存' }).waitFor()

  message = (text) => this.messages.getByText(text).last()

  /** Ctrl+K, the words, Enter on the first hit that contains `hit`. */
  async search(words, hit) {
    await this.press('Control+k')
    await this.type(words)
    const option = this.dialog.getByRole('option').filter({ hasText: hit }).first()
    await option.waitFor()
    for (let step = 0; step < 60 && (await option.getAttribute('aria-selected')) !== 'true'; step++) await this.press('ArrowDown')
    await this.press('Enter')
  }
}
