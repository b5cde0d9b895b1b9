// The real desktop window, from outside: started on a book, typed into with the real input method, closed,
// started again. What was typed must be there both times, in the window and in the book. And WebKit's own ideas of
// height: every screen fills the window and every dialog is as tall as what is in it.

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

  /** Opens the window on the first screen and runs `body`; leaves a picture, whatever happens. */
  async function inWindow(picture, body) {
    const window = await openWindow(desk, suanpanDesktop(), [book.book], book.homes)
    try {
      await desk.focusWindow('suanpan-desktop')
      // A key pressed before the screens are there would be nobody's.
      await until('the first screen to have the focus', () => window.evaluate("return document.activeElement?.closest('[data-region]') !== null"), 30_000)
      await body(window)
    } finally {
      await desk.picture(picture)
      await window.close()
    }
  }

  const inUnits = (picture, body) => inWindow(picture, async (window) => {
    await desk.key(UNITS_PAGE)
    const grid = new SpokenGrid(desk, window)
    await grid.ready(COLUMN)
    await body(grid, window)
  })

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

  test('every screen fills the window, and no dialog hides what is in it', async () => {
    await inWindow('screens', async (window) => {
      for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', '0']) {
        await desk.key(`alt+${key}`)
        await until(`screen ${key} to fill the window`, () => window.evaluate(filled(key)), 30_000)
      }
      for (const [screen, key] of [['1', 'ctrl+k'], ['4', 'F1'], ['4', 'ctrl+Return']]) {
        await desk.key(`alt+${screen}`)
        await until(`screen ${screen}`, () => window.evaluate(filled(screen)), 30_000)
        await desk.key(key)
        await until(`the dialog of ${key} to show all it can`, () => window.evaluate(SHOWN), 30_000)
        await desk.key('Escape')
        await until('the dialog to go', () => window.evaluate("return document.querySelector('dialog[open]') === null"), 30_000)
      }
    })
  })
})

/** The screen of this key is the chosen one, and reaches from the header to the status bar. */
const filled = (key) => `
  const main = document.querySelector('.app-main')?.firstElementChild
  const chosen = document.querySelector('nav [aria-current]')?.textContent.trim()
  return Boolean(chosen?.startsWith('${key}')) && main.getBoundingClientRect().height > 0.8 * innerHeight`
/** The body of the open dialog is as tall as its content, or the dialog as tall as the window lets it. */
const SHOWN = `
  const dialog = document.querySelector('dialog[open]')
  const body = dialog?.querySelector('.dialog-body')
  return Boolean(body) && (body.scrollHeight <= body.clientHeight + 1 || dialog.getBoundingClientRect().height > innerHeight - 40)`
