// The real desktop window, from outside: started on a book, typed into with the real input method, closed,
// started again. What was typed must be there both times, in the window and in the book.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { suanpanDesktop } from '../support/artefacts.mjs'
import { until } from '../support/processes.mjs'
import { newBook } from '../support/books.mjs'
import { openDesk } from './support/desk.mjs'
import { SpokenGrid } from './support/spoken-grid.mjs'
import { openWindow } from './support/window.mjs'

const UNITS_PAGE = 'alt+2'
const COLUMN = '单位名称'

describe('the desktop window', { timeout: 240_000 }, () => {
  let desk, book

  before(async () => {
    desk = await openDesk('window', { inputMethod: true })
    book = await newBook('sample')
  })

  after(async () => {
    await desk?.close()
    book?.remove()
  })

  /** Opens the window on the units and runs `body`; leaves a picture, whatever happens. */
  async function inUnits(picture, body) {
    const window = await openWindow(desk, suanpanDesktop(), [book.book], book.homes)
    try {
      await desk.focusWindow('suanpan-desktop')
      // A key pressed before the screens are there would be nobody's.
      await until('the first screen to have the focus', () => window.evaluate("return document.activeElement?.closest('[data-region]') !== null"), 30_000)
      await desk.key(UNITS_PAGE)
      const grid = new SpokenGrid(desk, window)
      await grid.ready(COLUMN)
      await body(grid, window)
    } finally {
      await desk.picture(picture)
      await window.close()
    }
  }

  test('what is typed into the window is there after it was closed and opened again', async () => {
    await inUnits('typed', async (grid) => {
      assert.notEqual(await grid.goTo(COLUMN), '中国')
      await grid.typePinyin('zhongguo', '中国')
    })
    const found = await book.cli('list', 'agency', '--where', 'agency_name=中国')
    assert.match(JSON.stringify(found), /中国/, 'the book holds it')
    await inUnits('read-again', async (grid) => {
      assert.equal(await grid.goTo(COLUMN), '中国')
    })
  })
})
