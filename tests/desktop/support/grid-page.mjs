// The sheet grid on its laboratory page (ui/grid-lab.html), as a person at a keyboard meets it.
// The page offers `window.H`: `ready`, `api.cellRect(row, key)` -> [x, y] of the cell's middle,
// `api.value(row, key)`, `api.pos()` -> { r, key }. Everything is done by keys and clicks of the X
// display; `H` is only read. Start at `GridPage.select`.

import { until } from '../../support/processes.mjs'

// What the grid's always-focused input goes through, seen from outside the grid's own code.
const PROBE = `
  if (window.imeProbe) return true
  const probe = window.imeProbe = { composing: false, text: '', log: [] }
  const on = (type, act) => addEventListener(type, (e) => { probe.log.push(type + ':' + (e.key ?? e.data ?? '')); act?.(e) }, true)
  on('keydown'); on('beforeinput')
  on('compositionstart', () => { probe.composing = true; probe.text = '' })
  on('compositionupdate', (e) => { probe.text = e.data })
  on('compositionend', () => { probe.composing = false; probe.text = '' })
  return true`

/** The letters of a composition without the marks an input method puts between syllables. */
export const letters = (text) => text.replace(/['’\s]/g, '')

export class GridPage {
  constructor(desk, view) {
    this.desk = desk
    this.view = view
  }

  async open() {
    await until('the grid page to be ready', () => this.view.evaluate('await window.H?.ready; return Boolean(window.H)'), 30_000)
    await this.desk.focusWindow(this.view.windowClass)
    await this.view.evaluate(PROBE)
  }

  value(row, key) {
    return this.view.evaluate(`return String(H.api.value(${row}, ${JSON.stringify(key)}) ?? '')`)
  }

  async waitForValue(row, key, expected) {
    let seen
    await until(`row ${row} ${key} to read ${expected}`, async () => {
      seen = await this.value(row, key)
      return seen === expected
    }, 5_000).catch(async (error) => {
      throw new Error(`${error.message}: it reads ${JSON.stringify(seen)}; events: ${await this.events()}`)
    })
  }

  async at() {
    const { r, key } = await this.view.evaluate('return H.api.pos()')
    return `${r}:${key}`
  }

  /** What stands in the always-focused input, without the caret nudge (one space). */
  editorText() {
    return this.view.evaluate("return (document.activeElement?.value ?? '').trim()")
  }

  /** The middle of a cell, on the screen. */
  async middle(row, key) {
    const [x, y] = await this.view.evaluate(`return H.api.cellRect(${row}, ${JSON.stringify(key)})`)
    const [left, top] = await this.view.origin()
    return [left + x, top + y]
  }

  async click(row, key) {
    await this.desk.click(...(await this.middle(row, key)))
  }

  /** Clicks a cell and waits until it is the active one and pinyin is on. */
  async select(row, key) {
    await this.click(row, key)
    await until(`${row}:${key} to be the active cell`, async () => (await this.at()) === `${row}:${key}`)
    await this.view.evaluate('imeProbe.log = []; return 1')
    await this.desk.pinyinOn()
  }

  /** Types letters and waits until every one of them is being composed. */
  async compose(text, delay_ms) {
    await this.desk.type(text, delay_ms)
    await until(`${text} to be composed`, async () => letters(await this.view.evaluate('return imeProbe.text')) === text, 5_000).catch(async (error) => {
      throw new Error(`${error.message}; events: ${await this.events()}`)
    })
  }

  async waitForComposition(state) {
    await until(`composing to be ${state}`, async () => (await this.view.evaluate('return imeProbe.composing')) === state, 5_000)
  }

  events() {
    return this.view.evaluate("return imeProbe.log.slice(-40).join(' ')")
  }
}
