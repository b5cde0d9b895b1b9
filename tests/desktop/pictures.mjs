// The pictures of the manual and the README: the screens on the sample county, one picture each, 1366×768.
// They come from `suanpan serve` in Chromium, because there the clock and the paths can be held still: two runs on
// the same screens make the same pictures. Keys only, as the manual teaches. Not a test; run by scripts/docs.sh.
// Usage: node pictures.mjs FOLDER [NAME…]

import { mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { artefacts, suanpan } from '../support/artefacts.mjs'
import { newBook } from '../support/books.mjs'
import { CHROMIUM, CHROMIUM_FLAGS } from '../support/chromium.mjs'
import { Programs, run, tail, until } from '../support/processes.mjs'

const MESSY = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'sample-data', 'messy')
const NOW = new Date('2026-03-05T09:30:00+08:00')
/** What the pictures show instead of the folder of this run. */
const SHOWN_FOLDER = '/home/财政所'
/** Answers that tell of this machine and this hour; the page does not send their paths back. */
const TOLD_OF_HERE = /\/api\/call\/(book_state|backups)$/
const QUIET_ms = 700
const LARGEST_BYTES = 120 * 1024

/** Tabs of the side panel: Alt+⏎ opens it on the first, → goes to the next. */
const panel = (tab) => ['Alt+Enter', ...Array(tab).fill('ArrowRight')]
/** Loads a workbook, until its columns are recognised. */
const imported = (name) => ['Alt+8', { file: join(MESSY, name) }, { until: '.import-columns' }]

/** File name -> what is done from the open book: keys, or { type }, { file }, { tab }, { address }, { until }. `start` has no book. */
const PICTURES = {
  start: [{ type: '武陟' }],
  home: ['Alt+1'],
  units: ['Alt+2', 'ArrowDown', 'ArrowDown', 'ArrowRight', ...panel(0)],
  project: ['Alt+3', 'ArrowDown', 'ArrowDown', 'ArrowRight', ...panel(0)],
  calculation: ['Alt+3', 'ArrowDown', 'ArrowDown', 'ArrowRight', ...panel(2)],
  codes: ['Alt+4', 'ArrowRight', 'ArrowRight', { type: 'xzyx' }],
  performance: ['Alt+5'],
  checks: ['Alt+6'],
  ledger: ['Alt+7', 'Control+f', { type: '2026-009988' }, 'Enter', ...panel(1)],
  columns: imported('12-支出明细-有错误.xlsx'),
  preview: [...imported('12-支出明细-有错误.xlsx'), 'Control+Enter', { until: '.import-rows' }],
  export: ['Alt+3', 'Alt+8', { tab: '导出' }],
  disclosure: ['Alt+8', { tab: '预算公开' }],
  backups: [{ address: '#/backups' }],
  keys: ['Alt+4', 'F1'],
  search: ['Alt+1', 'Control+k', { type: 'zdzczs' }],
}

const folder = resolve(process.argv[2] ?? 'docs/pictures')
const wanted = process.argv.length > 3 ? process.argv.slice(3) : Object.keys(PICTURES)
mkdirSync(folder, { recursive: true })

const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...CHROMIUM_FLAGS, '--font-render-hinting=none'] })
const book = await newBook('sample')
const programs = new Programs(artefacts('pictures'))
try {
  await book.cli('backup')
  for (const name of wanted) await take(name, PICTURES[name])
} finally {
  await browser.close()
  await programs.stopAll()
  book.remove()
}

/** Takes one picture with a program and a page of its own, so that no picture depends on another. */
async function take(name, steps) {
  const server = programs.start(`serve-${name}`, suanpan(), ['serve', ...(name === 'start' ? [] : [book.book]), '--port', '0'], { env: { ...book.env, SUANPAN_ACTOR: '财政所' } })
  const url = await until('suanpan serve to print its address', () => {
    if (server.ended) throw new Error(`suanpan serve ended: ${tail(server)}`)
    return /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(tail(server, 100))?.[0]
  })
  const page = await openPage(url)
  for (const step of steps) await act(page, step)
  await quiet(page)
  const taken = join(artefacts('pictures'), `${name}.png`)
  await page.screenshot({ path: taken, caret: 'hide' })
  await page.context().close()
  await programs.stop(server)
  const made = join(folder, `${name}.png`)
  // 64 colours are plenty for a screen of text, and a fifth of the bytes.
  await run('/usr/bin/convert', [taken, '-strip', '-dither', 'None', '-colors', '64', '-define', 'png:exclude-chunks=date,time', `png8:${made}`], process.env)
  const bytes = statSync(made).size
  if (bytes > LARGEST_BYTES) throw new Error(`${name}.png has ${bytes} bytes, more than ${LARGEST_BYTES}`)
  console.log(`${name}.png ${Math.ceil(bytes / 1024)} KB`)
}

async function openPage(url) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', colorScheme: 'light', reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.addInitScript(stopClock, NOW.getTime())
  await page.route(TOLD_OF_HERE, standStill)
  await page.route('**/api/call/findings', inOrder)
  page.on('filechooser', () => {}) // from now on; a chooser that opens before the browser is asked to report it is lost
  await page.goto(url)
  await page.locator('[data-region], .app-main').first().waitFor()
  await quiet(page)
  return page
}

/** Runs in the page: the calendar stands still, timers run on. */
function stopClock(now_ms) {
  const RunningDate = Date
  globalThis.Date = class extends RunningDate {
    constructor(...given) { super(...(given.length === 0 ? [now_ms] : given)) }
    static now() { return now_ms }
  }
}

/** Puts a fixed folder and a fixed hour into an answer. */
async function standStill(route) {
  const answer = await route.fetch()
  const text = (await answer.text())
    .replaceAll(book.folder, SHOWN_FOLDER)
    .replaceAll(/"at":"[^"]*"/g, '"at":"2026-03-05 08:30"')
    .replaceAll(/county(-)?\d{8}[-T_]\d{4,6}/g, '$1$220260305-083000')
  await route.fulfill({ response: answer, body: text })
}

/** Findings of one rule come in the order of their records' ids, which every making of the sample draws anew. */
async function inOrder(route) {
  const answer = await route.fetch()
  const found = await answer.json()
  const place = ({ finding, record_code }) => `${finding.entity} ${finding.rule} ${record_code}`
  found.items.sort((a, b) => (place(a) < place(b) ? -1 : 1))
  await route.fulfill({ response: answer, json: found })
}

async function act(page, step) {
  if (typeof step === 'string') await page.keyboard.press(step)
  else if (step.type) await page.keyboard.type(step.type, { delay: 20 })
  else if (step.address) await page.evaluate((address) => (location.hash = address), step.address)
  else if (step.tab) await page.getByRole('tab', { name: step.tab, exact: true }).click()
  else if (step.until) await page.locator(step.until).waitFor()
  else await chooseFile(page, step.file)
  await quiet(page)
}

async function chooseFile(page, file) {
  await page.locator('.import-page button:focus').waitFor()
  const asked = page.waitForEvent('filechooser')
  await page.keyboard.press('Enter')
  await (await asked).setFiles(file)
}

/** A screen is finished when its document has not changed for a while; a picture taken earlier shows empty rows. */
async function quiet(page) {
  await page.evaluate((quiet_ms) => new Promise((resolve) => {
    const begin = () => setTimeout(() => { watch.disconnect(); resolve() }, quiet_ms)
    let timer = begin()
    const watch = new MutationObserver(() => { clearTimeout(timer); timer = begin() })
    watch.observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
  }), QUIET_ms)
  await page.waitForLoadState('networkidle')
}
