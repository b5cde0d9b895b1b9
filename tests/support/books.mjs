// Books for tests: each test gets a folder of its own with a fresh copy, which it may change as it likes.
// The sample county is made once per build of the program and then copied, because making it takes seconds.

import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { artefacts, suanpan } from './artefacts.mjs'
import { run } from './processes.mjs'

/** The environment a program of ours gets in a test: its own home, so that nothing of the person's is touched. */
const homesIn = (folder) => ({ XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config'), XDG_STATE_HOME: join(folder, 'state') })
const environment = (folder) => ({ ...process.env, HOME: folder, ...homesIn(folder) })

/** A folder with `book` in it: `kind` is 'sample' (the sample county) or 'empty'; 'none' leaves the book to be made. Remove with `remove()`. */
export async function newBook(kind = 'sample') {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-book-'))
  const book = join(folder, 'county.book')
  const env = environment(folder)
  try {
    if (kind === 'sample') cpSync(await sampleFolder(), folder, { recursive: true })
    else if (kind !== 'none') await run(suanpan(), ['init', book, '--division', '410823000', '--year', '2026'], env)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    folder,
    book,
    made: kind !== 'none',
    env,
    /** Only the variables that say where the program keeps its things. */
    homes: homesIn(folder),
    /** Runs the command line on this book: cli('list', 'agency') is `suanpan list BOOK agency --json`. */
    cli: async (command, ...args) => JSON.parse(await run(suanpan(), [command, book, ...args, '--json'], env, 60_000)),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

async function sampleFolder() {
  const built = statSync(suanpan())
  const cache = join(artefacts('sample'), `${built.size}-${Math.round(built.mtimeMs)}`)
  if (existsSync(cache)) return cache
  const making = mkdtempSync(join(artefacts('sample'), 'making-'))
  await run(suanpan(), ['sample', join(making, 'county.book')], environment(making), 120_000)
  try {
    renameSync(making, cache)
  } catch (error) {
    // Another test made it in the meantime; both are the same.
    if (!existsSync(cache)) throw error
    rmSync(making, { recursive: true })
  }
  for (const older of readdirSync(artefacts('sample'))) {
    if (older !== basename(cache) && !older.startsWith('making-')) rmSync(join(artefacts('sample'), older), { recursive: true, force: true })
  }
  return cache
}
