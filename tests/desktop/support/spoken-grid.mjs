// The sheet grid as somebody uses it who only hears it: the keyboard moves, and the label of the always-focused input
// says where one is («单位名称，第 3 行，财政所»). So a test needs no coordinates and no inner knowledge of the page.

import { until } from '../../support/processes.mjs'
import { letters } from './grid-page.mjs'

const MOST_COLUMNS = 60

export class SpokenGrid {
  /** `view`: evaluate(body) in the page; keys go through `desk`. */
  constructor(desk, view) {
    this.desk = desk
    this.view = view
  }

  /** The label of the focused cell, '' when the focus is not in a grid. */
  spoken() {
    return this.view.evaluate("const input = document.activeElement; return input?.closest('.sheet') ? input.getAttribute('aria-label') : ''")
  }

  /** Waits until the grid with that column is there and focused. */
  async ready(column) {
    await until(`a grid with the column ${column} to have the focus`, async () =>
      (await this.spoken()) !== '' && this.view.evaluate(`return [...document.querySelectorAll('[role=columnheader]')].some((head) => head.textContent.includes(${JSON.stringify(column)}))`), 30_000)
  }

  /** Goes by keyboard to the first row's cell in that column; returns what it holds. */
  async goTo(column) {
    await this.desk.key('ctrl+Home')
    for (let moved = 0; moved < MOST_COLUMNS; moved++) {
      const before = await this.spoken()
      if (before.startsWith(`${column}，`)) return this.content(before)
      await this.desk.key('Right')
      await until('the next column', async () => (await this.spoken()) !== before)
    }
    throw new Error(`no column ${column} within ${MOST_COLUMNS}`)
  }

  content(spoken) {
    return spoken.split('，')[2]
  }

  /** Types a word with the real input method into the selected cell and commits it; waits until it is said back. */
  async typePinyin(pinyin, word) {
    const cell = (await this.spoken()).split('，').slice(0, 2).join('，')
    await this.desk.pinyinOn()
    await this.desk.type(pinyin)
    // Where the letters stand while composing is the input method's choice: in the cell, or in its own window.
    await until(`${pinyin} to be composed`, async () =>
      letters(await this.view.evaluate("return document.activeElement.value")) === pinyin || (await this.desk.candidateWindow()) !== null)
    await this.desk.key('space')
    await until(`${word} to be chosen`, async () => (await this.view.evaluate("return document.activeElement.value")) === word)
    await this.desk.pinyinOff()
    await this.desk.key('Return')
    await this.desk.key('Up')
    await until(`${cell} to read ${word}`, async () => (await this.spoken()).startsWith(`${cell}，${word}`))
  }
}
