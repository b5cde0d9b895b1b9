// A sheet as a person reads and fills it by keyboard. What the active cell holds is what a screen reader
// would say of it: "单位名称，第 2 行，财政所".

export class Sheet {
  constructor(page, name) {
    this.page = page
    this.grid = page.getByRole('grid', { name, exact: true })
    this.box = page.locator('.sheet').filter({ has: this.grid })
    this.input = this.box.locator('input.sheet-input')
    this.cells = this.box.getByRole('gridcell')
  }

  async ready() {
    await this.grid.waitFor()
    await this.cells.first().waitFor()
  }

  focus = () => this.input.focus()

  /** Resolves when the active cell says all of these. */
  async says(...words) {
    for (const word of words) await this.page.locator(`input.sheet-input:focus[aria-label*="${word}"]`).waitFor()
  }

  spoken = () => this.input.getAttribute('aria-label')

  /** Moves to the column of this title in the current row, by arrow keys. */
  async column(title) {
    await this.page.keyboard.press('Home')
    for (let step = 0; step < 60; step++) {
      if ((await this.spoken()).startsWith(`${title}，`)) return
      await this.page.keyboard.press('ArrowRight')
    }
    throw new Error(`no column ${title} in sight`)
  }

  /** First row (1 = first) by keys alone. */
  async row(number) {
    await this.page.keyboard.press('Control+Home')
    for (let step = 1; step < number; step++) await this.page.keyboard.press('ArrowDown')
  }

  /** Types into the active cell and commits with Enter. */
  async fill(text) {
    await this.page.keyboard.type(text)
    await this.page.keyboard.press('Enter')
  }

  /** Puts a block on the sheet as Ctrl+V would, from tab-separated text. */
  async paste(text) {
    await this.input.evaluate((input, tsv) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', tsv)
      input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }, text)
  }

  cell = (text) => this.cells.filter({ hasText: text }).first()
  totals = () => this.box.locator('.sheet-totals')
}
