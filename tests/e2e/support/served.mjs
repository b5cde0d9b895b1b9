// A real `suanpan serve` on a book of its own for each test, and a page of a real Chromium in front of it. No call is
// mocked. Start at `served`, which wraps the body of a test:
//
//   test('a unit can be added', served('empty', async ({ page, book }) => { … }))

import assert from 'node:assert/strict'
import { after } from 'node:test'
import { chromium } from 'playwright-core'
import { artefacts, suanpan } from '../../support/artefacts.mjs'
import { newBook } from '../../support/books.mjs'
import { CHROMIUM, CHROMIUM_FLAGS } from '../../support/chromium.mjs'
import { Programs, tail, until } from '../../support/processes.mjs'

const ACTION_TIMEOUT_ms = 15_000

let browser
const sharedBrowser = async () => (browser ??= await chromium.launch({ executablePath: CHROMIUM, headless: true, args: CHROMIUM_FLAGS }))
after(() => browser?.close())

let started = 0

/** Serves `book`; resolves to { url, origin, stop }. `url` carries the one-time token. */
export async function serve(book, programs) {
  const server = programs.start(`serve-${++started}`, suanpan(), ['serve', book.book, '--port', '0'], { env: book.env })
  const url = await until('suanpan serve to print its address', () => {
    if (server.ended) throw new Error(`suanpan serve ended: ${tail(server)}`)
    return /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(tail(server, 100))?.[0]
  })
  return { url, origin: new URL(url).origin, log: () => tail(server, 40), stop: () => programs.stop(server) }
}

/** The body of a test: gets { page, book, server, restart }; the page is open and nothing on it may throw. */
export function served(kind, body, { viewport = { width: 1366, height: 768 } } = {}) {
  return async (t) => {
    const book = await newBook(kind)
    const programs = new Programs(book.folder)
    const context = await (await sharedBrowser()).newContext({ viewport, locale: 'zh-CN', acceptDownloads: true })
    const thrown = []
    let server, page
    const restart = async () => {
      await page?.close()
      await server?.stop()
      server = await serve(book, programs)
      page = await context.newPage()
      page.setDefaultTimeout(ACTION_TIMEOUT_ms)
      page.on('pageerror', (error) => thrown.push(String(error)))
      page.on('console', (message) => message.type() === 'error' && thrown.push(message.text()))
      await page.goto(server.url)
      return page
    }
    try {
      page = await restart()
      await body({ page, book, server, context, restart })
      assert.deepEqual(thrown, [], 'the page threw or logged an error')
    } catch (error) {
      await page?.screenshot({ path: `${artefacts('browser')}/failed-${t.name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.png` }).catch(() => {})
      if (server && error instanceof Error) error.message += `\n--- suanpan serve:\n${server.log()}\n--- page: ${thrown.join('\n')}`
      throw error
    } finally {
      await context.close()
      await programs.stopAll()
      book.remove()
    }
  }
}
