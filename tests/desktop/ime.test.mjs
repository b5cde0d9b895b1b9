// A real Chinese input method (fcitx5 pinyin) typing into the sheet grid, in both engines, with real
// keys and clicks. This is the defect that matters most to clerks: a lost first letter.
// Simulated composition events are deliberately not used anywhere here.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDesk } from './support/desk.mjs'
import { engines } from './support/engines.mjs'
import { GridPage } from './support/grid-page.mjs'
import { until } from '../support/processes.mjs'
import { serveFolder } from '../support/static-server.mjs'

const REPO = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const SITE = process.env.GRID_LAB_DIST ?? join(REPO, 'ui', 'dist-lab')
const TEXT = 'name'
const CODE = 'func'

for (const [engine, open] of Object.entries(engines)) {
  describe(`pinyin in ${engine}`, { timeout: 180_000 }, () => {
    let desk, site, view, grid

    before(async () => {
      desk = await openDesk(`ime-${engine}`, { inputMethod: true })
      site = await serveFolder(SITE)
      view = await open(desk, `${site.url}/grid-lab.html`)
      grid = new GridPage(desk, view)
      await grid.open()
    })

    after(async () => {
      await view?.close()
      await site?.close()
      await desk?.close()
    })

    const check = (name, body) => test(name, async () => {
      try {
        await body()
      } catch (error) {
        await desk.picture(`failed-${name.replaceAll(' ', '-')}`)
        throw error
      }
    })

    check('a word typed straight into a selected cell loses no letter', async () => {
      await grid.select(2, TEXT)
      await grid.compose('zhongguo')
      await desk.key('space')
      await grid.waitForComposition(false)
      await desk.key('Return')
      await grid.waitForValue(2, TEXT, '中国')
      assert.equal(await grid.at(), `3:${TEXT}`, 'Enter moves one row down')
      assert.equal(await grid.editorText(), '')
    })

    check('the next word goes into the next cell without another click', async () => {
      await grid.select(4, TEXT)
      for (const row of [4, 5]) {
        await desk.pinyinOn()
        await grid.compose('zhongguo')
        await desk.key('space')
        await grid.waitForComposition(false)
        await desk.key('Return')
        await grid.waitForValue(row, TEXT, '中国')
      }
    })

    check('a code is found by its pinyin initials while composing', async () => {
      await grid.select(2, CODE)
      await grid.compose('xzyx')
      await desk.key('Return') // the input method gives the letters
      await grid.waitForComposition(false)
      await desk.key('Return') // the picker gives the code
      await until('the code', async () => (await grid.value(2, CODE)).startsWith('2010301'), 5_000)
      assert.equal(await grid.at(), `3:${CODE}`)
    })

    check('the candidates stand at the cell that the arrow keys led to', async () => {
      await grid.select(17, TEXT)
      await desk.key('Down', 'Down', 'Down', 'Down', 'Tab')
      await until('the cell below to be active', async () => (await grid.at()) === `21:${CODE}`)
      await grid.compose('xzyx')
      const [x, y] = await grid.middle(21, CODE)
      await until('the candidate window under the cell', async () => {
        const [left, top] = await desk.candidateWindow()
        return Math.abs(left - x) < 200 && top > y && top - y < 60
      }, 5_000)
      await desk.key('Escape')
      await grid.waitForComposition(false)
      await desk.key('Escape')
      await until('the editor to be empty', async () => (await grid.editorText()) === '')
    })

    check('typing at 20 ms a key loses no letter', async () => {
      await grid.select(7, TEXT)
      await grid.compose('zhongguo', 20)
      await desk.key('space')
      await grid.waitForComposition(false)
      await desk.key('Return')
      await grid.waitForValue(7, TEXT, '中国')
    })

    check('escape while composing drops the letters and keeps the cell', async () => {
      const before_ = await grid.value(9, TEXT)
      await grid.select(9, TEXT)
      await grid.compose('zhong')
      await desk.key('Escape') // the input method's: it drops its letters
      await grid.waitForComposition(false)
      assert.equal(await grid.at(), `9:${TEXT}`)
      await desk.key('Escape') // the grid's: back to what the cell held
      await until('the editor to be empty', async () => (await grid.editorText()) === '')
      assert.equal(await grid.value(9, TEXT), before_)
      await grid.compose('zhongguo')
      await desk.key('space')
      await grid.waitForComposition(false)
      await desk.key('Return')
      await grid.waitForValue(9, TEXT, '中国')
    })

    check('tab while composing belongs to the input method', async () => {
      const neighbour = await grid.value(11, CODE)
      await grid.select(11, TEXT)
      await grid.compose('zhongguo')
      await desk.key('Tab')
      await desk.key('space')
      await grid.waitForComposition(false)
      assert.equal(await grid.at(), `11:${TEXT}`, 'the grid did not move')
      const chosen = await grid.editorText()
      assert.match(chosen, /^\p{Script=Han}+/u)
      await desk.key('Tab')
      await grid.waitForValue(11, TEXT, chosen)
      assert.equal(await grid.at(), `11:${CODE}`, 'the next Tab is the grid’s')
      assert.equal(await grid.value(11, CODE), neighbour)
      assert.equal(await grid.editorText(), '')
    })

    check('a click elsewhere while composing keeps every letter in its own cell', async () => {
      const elsewhere = await grid.value(15, TEXT)
      await grid.select(13, TEXT)
      await grid.compose('zhong')
      await grid.click(15, TEXT)
      await until('the clicked cell to be active', async () => (await grid.at()) === `15:${TEXT}`)
      await grid.waitForComposition(false)
      await grid.waitForValue(13, TEXT, 'zhong')
      assert.equal(await grid.value(15, TEXT), elsewhere)
      await until('the editor to be empty', async () => (await grid.editorText()) === '')
      await desk.pinyinOn()
      await grid.compose('zhongguo')
      await desk.key('space')
      await grid.waitForComposition(false)
      await desk.key('Return')
      await grid.waitForValue(15, TEXT, '中国')
      assert.equal(await grid.value(13, TEXT), 'zhong')
    })
  })
}
