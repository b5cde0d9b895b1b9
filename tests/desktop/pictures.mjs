// The pictures of the manual: the real window on the sample county, one picture per screen.
// Not a test; run by scripts/docs.sh. Usage: node pictures.mjs FOLDER

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { suanpanDesktop } from '../support/artefacts.mjs'
import { newBook } from '../support/books.mjs'
import { run, until } from '../support/processes.mjs'
import { openDesk } from './support/desk.mjs'
import { openWindow } from './support/window.mjs'

/** File name -> the keys that lead to the screen from anywhere. */
const SCREENS = {
  home: ['alt+1'],
  units: ['alt+2'],
  projects: ['alt+3'],
  budget: ['alt+4'],
  performance: ['alt+5'],
  exchange: ['alt+8'],
  settings: ['alt+0'],
  search: ['alt+2', 'ctrl+k'],
}

// A screen is finished when its document has not changed for a while; a picture taken earlier shows empty rows.
const WATCH = `
  window.lastChange = performance.now()
  new MutationObserver(() => (window.lastChange = performance.now())).observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
  return true`
const QUIET = 'return performance.now() - window.lastChange > 400'

const folder = resolve(process.argv[2] ?? 'docs/pictures')
mkdirSync(folder, { recursive: true })
const desk = await openDesk('pictures')
const book = await newBook('sample')
try {
  const window = await openWindow(desk, suanpanDesktop(), [book.book], book.homes)
  await desk.focusWindow('suanpan-desktop')
  await window.evaluate(WATCH)
  for (const [name, keys] of Object.entries(SCREENS)) {
    for (const key of keys) await desk.key(key)
    await until(`${name} to be quiet`, () => window.evaluate(QUIET))
    const taken = await desk.picture(name)
    // 256 colours are plenty for a screen of text, and a fifth of the bytes.
    await run('/usr/bin/convert', [taken, '-strip', '-colors', '256', join(folder, `${name}.png`)], desk.env)
    await desk.key('Escape')
    console.log(`${name}.png`)
  }
  await window.close()
} finally {
  await desk.close()
  book.remove()
}
