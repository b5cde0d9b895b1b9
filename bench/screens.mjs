// What only a screen can show, measured on the release programs: frames while scrolling, a paste until it is saved,
// the longest standstill of the page while a slow disk saves, and the memory of the window. Nothing is mocked.
// Prints one line: {"rows": [[what, measured, target], …]}. Called by bench/bench.py; start at `main`.
// How the page is watched is in watch.mjs, how memory is counted in memory.mjs.

import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

// Another folder of programs (a debug build) is good enough to compare before and after, never for a result.
const BUILT = process.env.SUANPAN_BENCH_PROGRAMS ?? join(process.env.CARGO_TARGET_DIR ?? join(homedir(), '.cache', 'suanpan', 'target'), 'release')
process.env.SUANPAN_BIN = join(BUILT, 'suanpan')
process.env.SUANPAN_DESKTOP_BIN = join(BUILT, 'suanpan-desktop')

// After the lines above: these read the environment.
const { chromium } = await import('../tests/node_modules/playwright-core/index.mjs')
const { CHROMIUM, CHROMIUM_FLAGS } = await import('../tests/support/chromium.mjs')
const { newBook } = await import('../tests/support/books.mjs')
const { Programs, run, tail, until } = await import('../tests/support/processes.mjs')
const { openDesk } = await import('../tests/desktop/support/desk.mjs')
const { SpokenGrid } = await import('../tests/desktop/support/spoken-grid.mjs')
const { openWindow } = await import('../tests/desktop/support/window.mjs')
const { Program } = await import('../tests/e2e/pages/program.mjs')
const { chromiumCpu, webKitCpu } = await import('./cpu.mjs')
const { memoryOf } = await import('./memory.mjs')
const watch = await import('./watch.mjs')
const { slowDisk } = await import('./slow-disk.mjs')

const ROWS = 100_000
const EDITS = 10
const AMOUNT = '申报数'
const BARE = join(BUILT, 'suanpan-bare-window')

const log = (...words) => process.stderr.write(`${words.join(' ')}\n`)

/** Runs `body` with a page of Chromium in front of the release `suanpan serve` on `book`. */
async function inChromium(book, body, env = {}) {
  const programs = new Programs(book.folder)
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: CHROMIUM_FLAGS })
  try {
    const server = programs.start('serve', process.env.SUANPAN_BIN, ['serve', book.book, '--port', '0'], { env: { ...book.env, ...env } })
    const address = await until('suanpan serve to print its address', () => /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(tail(server, 100))?.[0], 60_000)
    const page = await (await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN' })).newPage()
    page.setDefaultTimeout(60_000)
    const lists = []
    page.on('request', (request) => request.url().endsWith('/call/rows_open') && lists.push(request.postDataJSON()))
    await page.addInitScript(watch.WATCH_CALLS)
    await page.goto(address)
    const program = await new Program(page).go('budget')
    const sheet = await program.sheet('年度预算')
    await sheet.says('第 1 行')
    return await body({ page, program, sheet, lists, cpu_ms: await chromiumCpu(page), evaluate: (script) => page.evaluate(`(async () => { ${script} })()`) })
  } finally {
    await browser.close()
    await programs.stopAll()
  }
}

/** Runs `body` with the release window (WebKitGTK) open on the budget lines of `book`. */
async function inWindow(desk, book, body, env = {}) {
  const window = await openWindow(desk, process.env.SUANPAN_DESKTOP_BIN, [book.book], { ...book.homes, ...env })
  try {
    await desk.focusWindow('suanpan-desktop')
    await until('the window to show its pages', () => window.evaluate("return Boolean(document.querySelector('nav'))"), 60_000)
    await window.evaluate("location.hash = '#/budget'")
    await until('the sheet to show rows', () => window.evaluate("return document.querySelector('.sheet-main [role=gridcell]') !== null"), 60_000)
    await window.evaluate("document.querySelector('.sheet-input').focus()")
    const grid = new SpokenGrid(desk, window)
    await grid.ready(AMOUNT)
    return await body({ grid, cpu_ms: await webKitCpu(), evaluate: window.evaluate })
  } finally {
    await window.close()
  }
}

async function frames(engine, { evaluate, cpu_ms }) {
  const before = await cpu_ms()
  const { fps, longest_ms, frames } = await evaluate(watch.SCROLL)
  const perFrame_ms = Math.round(((await cpu_ms()) - before) / frames * 10) / 10
  log(engine, 'scrolling', fps, longest_ms, perFrame_ms)
  return [
    [`grid of ${ROWS.toLocaleString('en')} rows, ${engine}: frames/s while scrolling`, fps, '≥ 50'],
    [`… longest frame, ms`, longest_ms, ''],
    [`… CPU of the page's main thread per frame, ms`, perFrame_ms, ''],
  ]
}

/** 1,000 × 10 cells, every one with a new value, in the order in which the sheet lists its rows. */
async function paste({ page, sheet, lists, evaluate }) {
  const rows = await evaluate(watch.firstRows(lists.findLast((list) => list.entity === 'budget_line')))
  await sheet.row(1)
  await sheet.column('支出功能分类')
  await evaluate('bench.calls = []')
  const started = await page.evaluate('performance.now()')
  await sheet.paste(watch.pastedText(rows))
  await page.waitForFunction(() => window.bench.calls.some((call) => call.name === 'apply'))
  const [{ ended, answer, ok }] = (await page.evaluate('bench.calls')).filter((call) => call.name === 'apply')
  if (!ok || answer.ops < 1_000) throw new Error(`the paste was not saved: ${JSON.stringify(answer).slice(0, 500)}`)
  const seconds = Math.round(ended - started) / 1000
  log('paste', seconds, answer.ops)
  return [[`paste of 1,000 × 10 cells into them, Chromium, to saved, s`, seconds, '≤ 1']]
}

/** Longest time between two frames while a person types and every fsync takes 300 ms longer. `first`: another amount for each call, or nothing is saved. */
async function standstill(engine, first, evaluate, typeOne) {
  await evaluate(watch.WATCH_FRAMES)
  for (let edit = 0; edit < EDITS; edit++) {
    await typeOne(`${first + edit}.25`)
    await evaluate(watch.untilSaves(edit + 1))
  }
  const { longest_ms, slowest_save_ms } = await evaluate('bench.stop = true; return bench.seen')
  log(engine, 'standstill', longest_ms, slowest_save_ms)
  if (slowest_save_ms < 300) throw new Error(`the disk was not slow: ${slowest_save_ms} ms`)
  return [[`fsync + 300 ms, ${EDITS} edits, ${engine}: longest standstill of the page, ms`, longest_ms, '≤ 100']]
}

async function memory(desk, book) {
  const bare = await memoryOf(desk, BARE, [], book.homes)
  const home = await memoryOf(desk, process.env.SUANPAN_DESKTOP_BIN, [book.book], book.homes)
  const sheet = await memoryOf(desk, process.env.SUANPAN_DESKTOP_BIN, [book.book], book.homes, async () => {
    await desk.focusWindow('suanpan-desktop')
    await desk.key('alt+4')
  })
  log('memory', bare, home, sheet)
  const times = (mb) => Math.round((mb / bare) * 100) / 100
  return [
    ['memory of a bare Tauri window (PSS of all its processes), MB', bare, ''],
    ['… of ours with the sample county open, first page, MB', home, ''],
    ['… as a multiple of the bare window', times(home), '≤ 1.3'],
    ['… with its budget lines on the screen, MB', sheet, ''],
    ['… as a multiple of the bare window', times(sheet), '≤ 1.3'],
  ]
}

async function main() {
  const county = await newBook('sample')
  const scratch = mkdtempSync(join(tmpdir(), 'suanpan-screens-'))
  const desk = await openDesk('bench')
  try {
    const many = await bookOfLines(scratch)
    const slow = slowDisk(scratch)
    const rows = []
    rows.push(...await inChromium(many, async (seen) => [...await frames('Chromium', seen), ...await paste(seen)]))
    rows.push(...await inWindow(desk, many, (seen) => frames('WebKitGTK', seen)))
    rows.push(...await inChromium(many, async ({ evaluate, sheet }) => {
      await sheet.column(AMOUNT)
      return standstill('Chromium', 1000, evaluate, (text) => sheet.fill(text))
    }, slow))
    rows.push(...await inWindow(desk, many, async ({ grid, evaluate }) => {
      await grid.goTo(AMOUNT)
      return standstill('WebKitGTK', 2000, evaluate, async (text) => {
        await desk.type(text)
        await desk.key('Return')
      })
    }, slow))
    rows.push(...await memory(desk, county))
    process.stdout.write(`${JSON.stringify({ rows })}\n`)
  } finally {
    await desk.close()
    county.remove()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** A book of ROWS budget lines of one year, with a home of its own for the programs. */
async function bookOfLines(folder) {
  const book = join(folder, 'lines.book')
  await run(join(BUILT, 'suanpan-bench'), ['fill-book', book, String(ROWS), '1'], process.env, 300_000)
  const homes = { XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config'), XDG_STATE_HOME: join(folder, 'state') }
  return { folder, book, homes, env: { ...process.env, HOME: folder, ...homes } }
}

await main()
process.exit(0)
