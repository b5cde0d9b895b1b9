// The sheet grid under real keys in both engines: the real clipboard, and the keys that a browser
// would rather keep for itself (Ctrl+D is a bookmark, Ctrl+R a reload, Ctrl+Insert a copy).
// What the keys mean is tested beside the grid; here only that they arrive.

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

for (const [engine, open] of Object.entries(engines)) {
  describe(`the grid's keys in ${engine}`, { timeout: 120_000 }, () => {
    let desk, site, view, grid

    before(async () => {
      desk = await openDesk(`grid-${engine}`)
      site = await serveFolder(SITE)
      view = await open(desk, `${site.url}/grid-lab.html?rows=1000`)
      grid = new GridPage(desk, view)
      await grid.open()
    })

    after(async () => {
      await view?.close()
      await site?.close()
      await desk?.close()
    })

    const goTo = async (row, key) => {
      await grid.click(row, key)
      await until(`${row}:${key} to be active`, async () => (await grid.at()) === `${row}:${key}`)
    }
    const notReloaded = async () => assert.equal(await view.evaluate('return Boolean(window.imeProbe)'), true, 'the page was not reloaded')

    test('a block is copied, pasted, cut and pasted again through the clipboard', async () => {
      const [a, b] = [await grid.value(1, 'budget'), await grid.value(2, 'general')]
      await goTo(1, 'budget')
      await desk.key('shift+Down', 'shift+Right', 'ctrl+c')
      await goTo(10, 'budget')
      await desk.key('ctrl+v')
      await grid.waitForValue(10, 'budget', a)
      await grid.waitForValue(11, 'general', b)
      await desk.key('ctrl+x')
      await grid.waitForValue(10, 'budget', '')
      await grid.waitForValue(11, 'general', '')
      await goTo(14, 'budget')
      await desk.key('ctrl+v')
      await grid.waitForValue(14, 'budget', a)
      await grid.waitForValue(15, 'general', b)
    })

    test('fill down, fill right and "as above" are the grid’s, not the browser’s', async () => {
      const above = await grid.value(4, 'm1')
      await grid.view.evaluate("H.api.go(4, 'm1'); return true")
      await desk.key('shift+Down', 'shift+Right', 'ctrl+d')
      await grid.waitForValue(5, 'm1', above)
      await desk.key('ctrl+r')
      await grid.waitForValue(5, 'm2', above)
      await notReloaded()
      await grid.view.evaluate("H.api.go(3, 'name'); return true")
      await desk.key('ctrl+apostrophe')
      await grid.waitForValue(3, 'name', await grid.value(2, 'name'))
    })

    test('the number pad types and commits', async () => {
      await grid.view.evaluate("H.api.go(6, 'people'); return true")
      await desk.key('KP_1', 'KP_2', 'KP_Enter')
      await grid.waitForValue(6, 'people', '12')
      assert.equal(await grid.at(), '7:people')
    })

    test('a press on plain ground commits, and the next letter still goes into the grid', async () => {
      await goTo(8, 'name')
      await desk.type('ab')
      const [x, y] = await view.evaluate("const box = document.querySelector('footer').getBoundingClientRect(); return [box.right - 20, box.top + 8]")
      const [left, top] = await view.origin()
      await desk.click(left + x, top + y)
      await grid.waitForValue(8, 'name', 'ab')
      await until('the focus to be back', () => view.evaluate("return document.activeElement?.className === 'sheet-input'"))
      await desk.type('cd')
      await desk.key('Return')
      await grid.waitForValue(8, 'name', 'cd')
    })

    test('the column menu opens by keyboard and gives the focus back', async () => {
      await goTo(9, 'name')
      await desk.key('alt+Up')
      await until('the menu to have the focus', () => view.evaluate("return Boolean(document.activeElement?.closest('.sheet-column-menu'))"))
      await desk.key('Escape')
      await until('the focus to be back', () => view.evaluate("return document.activeElement?.className === 'sheet-input'"))
      assert.equal(await grid.at(), '9:name')
    })
  })
}
