// Sync as a person uses it: the word in the status bar and its panel, the list of disputes, the tray.

export class Sync {
  constructor(page) {
    this.page = page
    this.item = page.locator('.sync-item')
    this.panel = page.getByRole('dialog', { name: '同步' })
  }

  /** Resolves when the status bar says it. */
  says = (words) => this.item.filter({ hasText: words }).waitFor()

  async openPanel() {
    await this.item.click()
    await this.panel.waitFor()
    return this.panel
  }

  press = (button) => this.panel.getByRole('button', { name: button }).click()

  /** From now on nothing goes over the link but by F9. */
  async onlyByHand() {
    await this.openPanel()
    await this.panel.getByRole('radio', { name: '仅手动' }).check()
    await this.page.keyboard.press('Escape')
    await this.panel.waitFor({ state: 'detached' })
  }

  /** F9, once what was typed is seen to wait; resolves when nothing waits any more. */
  async agree() {
    await this.says(/待上报 [1-9]/)
    await this.page.keyboard.press('F9')
    await this.says(/待上报 0|已一致/)
  }

  /** What the open panel says of the fact with this name, as a locator. */
  fact = (name) => this.panel.locator('.facts > div').filter({ hasText: name }).locator('dd')

  /** Reads a package in at the open panel. */
  async readPackage(path) {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), this.press('从U盘读入')])
    await chooser.setFiles(path)
  }

  /** Enrols this PC from the open panel. */
  async enrol({ server, code, name }) {
    await this.press('登记本机')
    const dialog = this.page.getByRole('dialog', { name: '登记本机' })
    await dialog.getByLabel('平台地址').fill(server)
    await dialog.getByLabel('一次性登记码').fill(code)
    await dialog.getByLabel('本机名称').fill(name)
    await this.page.keyboard.press('Enter')
  }
}

export class Disputes {
  constructor(page) {
    this.page = page
    this.list = page.getByRole('listbox', { name: '争议裁决' })
    this.card = page.locator('.case')
    this.reason = this.card.getByRole('textbox', { name: '理由' })
  }

  async ready() {
    await this.list.getByRole('option').first().waitFor()
    await this.list.focus()
    return this
  }

  /** Choice by its key (1 keep, 2 take, 3 another), Enter. */
  async decide(key) {
    await this.list.focus()
    await this.page.keyboard.press(key)
    await this.page.keyboard.press('Enter')
  }

  /** One of the values side by side: 'base', 'keep' (the province's) or 'take' (the proposed one). */
  value = (kind) => this.card.locator(`.case-value[data-kind=${kind}]`)

  async show(which) {
    await this.page.getByRole('tab', { name: which }).click()
  }
}

export class TrayList {
  constructor(page) {
    this.page = page
    this.list = page.getByRole('listbox', { name: '未采纳' })
  }

  async ready() {
    await this.list.getByRole('option').first().waitFor()
    await this.list.focus()
    return this
  }

  press = (button) => this.page.getByRole('button', { name: button }).click()
}
