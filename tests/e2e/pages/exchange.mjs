// Import and export as a person uses them. Files are chosen in the browser's own chooser, which only
// playwright can answer.

export class ImportPage {
  constructor(page) {
    this.page = page
    this.problem = page.getByRole('region', { name: '导入', exact: true }).getByRole('alert')
    this.columns = page.getByRole('region', { name: /③ 对应列/ })
    this.check = page.getByRole('region', { name: /④ 检查/ })
    this.confirm = page.getByRole('region', { name: /⑤ 确认/ })
  }

  /** Enter on the first button, then the file. */
  async choose(path) {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), this.page.getByRole('button', { name: /选择文件/ }).press('Enter')])
    await chooser.setFiles(path)
  }

  /** The choice of the field for the column with this header. */
  field = (header) => this.columns.getByLabel(new RegExp(`“${header}”填到`))

  /** Ctrl+Enter: checks, or commits when there is something to commit. */
  goOn = () => this.page.keyboard.press('Control+Enter')

  tab = (name) => this.check.getByRole('tab', { name })

  /** The marked cell of a row in error. */
  badCell = (text) => this.row(text).locator('td[data-bad]')

  row = (text) => this.check.getByRole('row').filter({ hasText: text })
}

/** Runs `work` and resolves to the path of the file the page hands over. */
export async function downloaded(page, work, path) {
  const [download] = await Promise.all([page.waitForEvent('download'), work()])
  await download.saveAs(path)
  return path
}
