// A real `suanpan serve` on a book of its own for each test, and a page of a real Chromium in front of it. No call is
// mocked. Start at `served`, which wraps the body of a test:
//
//   test('a unit can be added', served('empty', async ({ page, book }) => { … }))

import assert from 'node:assert/strict'
import { join } from 'node:path'
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

/** Serves `book`; resolves to { url, origin, stop }. `url` carries the token of this start. */
export async function serve(book, programs) {
  const server = programs.start(`serve-${++started}`, suanpan(), ['serve', ...(book.made ? [book.book] : []), '--port', '0'], { env: book.env })
  const url = await until('suanpan serve to print its address', () => {
    if (server.ended) throw new Error(`suanpan serve ended: ${tail(server)}`)
    return /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(tail(server, 100))?.[0]
  })
  return { url, origin: new URL(url).origin, log: () => tail(server, 40), stop: () => programs.stop(server) }
}

/**
 * The body of a test: gets a Visit, whose page is open. Nothing on the page may throw.
 * `kind`: which book, 'sample' or 'empty'; 'none' opens the start page.
 */
export function served(kind, body, { viewport = { width: 1366, height: 768 } } = {}) {
  return async (t) => {
    const visit = new Visit(await newBook(kind))
    try {
      await visit.open(viewport)
      await body(visit)
      assert.deepEqual(visit.thrown, [], 'the page threw or logged an error')
    } catch (error) {
      await visit.explain(t.name, error)
      throw error
    } finally {
      await visit.end()
    }
  }
}

/** One book, the program that serves it, and the page in front of it. */
class Visit {
  thrown = []
  #programs

  constructor(book) {
    this.book = book
    this.#programs = new Programs(book.folder)
    // Bound, so that a test can take them out of the visit.
    this.restart = this.restart.bind(this)
    this.closeBook = this.closeBook.bind(this)
  }

  async open(viewport) {
    this.context = await (await sharedBrowser()).newContext({ viewport, locale: 'zh-CN', acceptDownloads: true })
    await this.restart()
  }

  /** Closes page and program, starts both again on the same book; resolves to the visit, with the new page in it. */
  async restart() {
    await this.closeBook()
    this.server = await serve(this.book, this.#programs)
    this.page = await this.context.newPage()
    this.page.setDefaultTimeout(ACTION_TIMEOUT_ms)
    this.page.on('pageerror', (error) => this.thrown.push(String(error)))
    this.page.on('console', (message) => message.type() === 'error' && this.thrown.push(`${message.text()} ${message.location().url}`))
    await this.page.goto(this.server.url)
    return this
  }

  /** Closes page and program, so that the command line may open the book: one program per book. */
  async closeBook() {
    await this.page?.close()
    await this.server?.stop()
    this.page = this.server = undefined
  }

  /** Leaves a picture and adds to the error what program and page said. */
  async explain(name, error) {
    const path = join(artefacts('browser'), `failed-${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.png`)
    await this.page?.screenshot({ path }).catch(() => {})
    if (error instanceof Error) error.message += `\n--- suanpan serve: ${this.server?.log()}\n--- page: ${this.thrown.join('\n')}`
  }

  async end() {
    await this.context?.close()
    await this.#programs.stopAll()
    this.book.remove()
  }
}
