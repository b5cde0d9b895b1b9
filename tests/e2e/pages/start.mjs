// The start page: a new book in three questions, a book by its path, the last books, and what went wrong.

export class StartPage {
  constructor(page) {
    this.page = page
    this.division = page.getByLabel('区划', { exact: true })
    this.place = page.getByLabel('保存位置')
    this.file = page.getByLabel('账套文件')
    this.trouble = page.getByRole('main', { name: '开始' }).getByRole('alert')
    this.newest = page.locator('.start-recent button').first()
  }

  /** Resolves when the cursor is where a new book begins. */
  async ready() {
    await this.page.locator('#start-division:focus').waitFor()
    return this
  }

  /** Types letters, waits for `name` in the list, and chooses it with ↓ and Enter. */
  async chooseDivision(letters, name) {
    await this.page.keyboard.type(letters)
    // As a person would: look once the list answers what was typed.
    await this.page.locator('#start-division:not([aria-busy])').waitFor()
    const options = this.page.getByRole('listbox').getByRole('option')
    const wanted = options.filter({ hasText: name }).first()
    await wanted.waitFor()
    for (let step = 0; step < 40 && (await wanted.getAttribute('aria-selected')) !== 'true'; step++) await this.page.keyboard.press('ArrowDown')
    await this.page.keyboard.press('Enter')
  }

  /** Opens the book at `path` by typing it. */
  async open(path) {
    await this.file.fill(path)
    await this.file.press('Enter')
  }
}
