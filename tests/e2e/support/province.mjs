// A real `suanpan-province` on a store of its own, and a second desk on the command line: the other side of the tests of
// sync. Start at `withProvince`, which wraps the body of a test like `served`; `withTwoDesks` has a person at a page on
// either side.

import { dirname, join } from 'node:path'
import { suanpan } from '../../support/artefacts.mjs'
import { newBook } from '../../support/books.mjs'
import { Programs, run, tail, until } from '../../support/processes.mjs'
import { served } from './served.mjs'

export const SCOPE = '410823000'

export class Province {
  #programs
  #program = join(dirname(suanpan()), 'suanpan-province')
  #store
  #started = 0

  constructor(folder, programs) {
    this.#store = join(folder, 'province.db')
    this.#programs = programs
  }

  /** An administrator's command. */
  admin = (command, ...args) => run(this.#program, [command, '--store', this.#store, ...args], process.env, 60_000)
  init = () => this.admin('init', '--division', '410000000', '--name', '河南省财政厅')
  /** A one-time code for a desk of that name. */
  code = async (name, scope = SCOPE) => (await this.admin('enrol', '--scope', scope, '--name', name)).split('\n')[0]
  /** Everything the province has to say of what it holds: the logs by scope, and whether all of it fits together. */
  held = async () => [await this.admin('report'), await this.admin('verify')].join('\n')

  /** Serves at a free port, or where it served before; `options` as on the command line. */
  async start(...options) {
    const listen = this.address ? new URL(this.address).host : '127.0.0.1:0'
    this.server = this.#programs.start(`province-${++this.#started}`, this.#program, ['serve', '--store', this.#store, '--listen', listen, ...options])
    this.address = await until('suanpan-province to print its address', () => {
      if (this.server.ended) throw new Error(`suanpan-province ended: ${tail(this.server)}`)
      return /http:\/\/127\.0\.0\.1:\d+/.exec(tail(this.server, 100))?.[0]
    })
  }

  stop = () => this.#programs.stop(this.server)
  /** Resolves when an exchange with this server has ended in this way. */
  hadExchange = (ended) => until(`an exchange that ended with ${ended}`, () => tail(this.server, 100).includes(`ended="${ended}"`))

  async enrol(book, name) {
    await book.cli('enrol', '--server', this.address, '--code', await this.code(name), '--name', name)
  }
}

/** The body gets the visit of `served`, its book not enrolled, with a `province` that serves and an enrolled desk `other`. */
export const withProvince = (body) => served('empty', async (visit) => {
  const programs = new Programs(visit.book.folder)
  const province = new Province(visit.book.folder, programs)
  const other = await newBook('empty')
  // Two people, each with a name of their own: the desk says who wanted what.
  other.env.SUANPAN_ACTOR = '县局李会计'
  visit.book.env.SUANPAN_ACTOR = '卓玛'
  try {
    await province.init()
    await province.start()
    await province.enrol(other, '县局李会计')
    await body({ visit, province, other })
  } finally {
    await programs.stopAll()
    other.remove()
  }
})

/** The body gets two visits `here` and `there`, each of a person at a page of their own, on books not enrolled, and the `province`. */
export const withTwoDesks = (body) => withProvince(async ({ visit, province }) => {
  await served('empty', (there) => body({ here: visit, there, province }))({ name: 'the second desk' })
})

/** `suanpan new` or `set`, where findings (exit code 1) are no failure: these records are as short as can be. */
export const put = (book, ...words) => book.cli(...words).catch((error) => {
  if (error.code !== 1) throw error
  return JSON.parse(error.stdout)
})

/** Runs `work` on the visit's book by the command line, then opens it in the browser again. */
export async function onTheSide(visit, work) {
  await visit.closeBook()
  await work(visit.book)
  return (await visit.restart()).page
}
