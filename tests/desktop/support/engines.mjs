// The two web engines our users meet, each as a window on a private desk: Chromium (the loopback door)
// and WebKitGTK (what the desktop window embeds). Both offer the same few verbs, so that one test
// serves both. Keys and clicks never pass through here: they come from the X display.

import { createInterface } from 'node:readline'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { CHROMIUM, CHROMIUM_FLAGS } from '../../support/chromium.mjs'
import { tail, until } from '../../support/processes.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))
const WIDTH = 1366
const HEIGHT = 768

export const engines = { chromium: openChromium, webkitgtk: openWebKit }

/** `evaluate(body)` runs the body of an async function in the page; `origin()` is the page's corner on the screen. */
async function openChromium(desk, url) {
  const program = desk.programs.start('chromium', CHROMIUM, [
    ...CHROMIUM_FLAGS, '--gtk-version=3', '--ozone-platform=x11', '--password-store=basic',
    `--user-data-dir=${join(desk.home, 'chromium')}`, '--remote-debugging-port=0',
    '--window-position=0,0', `--window-size=${WIDTH},${HEIGHT}`, `--app=${url}`,
  ], { env: desk.env })
  const endpoint = await until('Chromium to open its debugging port', () => {
    if (program.ended) throw new Error(`Chromium ended: ${tail(program)}`)
    return /DevTools listening on (ws:\S+)/.exec(tail(program, 200))?.[1]
  }, 30_000)
  const browser = await chromium.connectOverCDP(endpoint)
  const page = await until('the page in Chromium', () => browser.contexts()[0]?.pages().find((p) => p.url().startsWith(url)))
  return {
    windowClass: 'chromium',
    evaluate: (body) => page.evaluate(`(async () => { ${body} })()`),
    origin: () => page.evaluate('[window.screenX, window.screenY + window.outerHeight - window.innerHeight]'),
    async close() {
      await browser.close()
      await desk.programs.stop(program)
    },
  }
}

async function openWebKit(desk, url) {
  const program = desk.programs.start('webkitgtk', '/usr/bin/python3', [join(HERE, 'webkit_view.py'), url], {
    env: desk.env,
    stdio: ['pipe', 'pipe', 'log'],
  })
  const waiting = []
  createInterface({ input: program.child.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line)))
  const evaluate = async (body) => {
    if (program.ended) throw new Error(`the WebKitGTK window ended: ${tail(program)}`)
    const reply = new Promise((resolve) => waiting.push(resolve))
    program.child.stdin.write(JSON.stringify(body) + '\n')
    const { value, error } = await reply
    if (error) throw new Error(error)
    return value
  }
  return {
    windowClass: 'suanpan-view',
    evaluate,
    origin: async () => [0, 0],
    close: () => desk.programs.stop(program),
  }
}
