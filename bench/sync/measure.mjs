// What a peer in Node needs to be measured: the workload, the weak link before its server, a count of its
// HTTP requests, and rows of JSON on the output. The rows are described in README.md.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const { values: args } = parseArgs({
  options: {
    workload: { type: 'string' },
    'weak-link': { type: 'string' },
    'rtt-ms': { type: 'string', default: '0' },
    'bits-per-s': { type: 'string', default: '0' },
    folder: { type: 'string' },
  },
})

/** { records: [{ id, name, … }], edit: { id, field, from, to } } */
export const workload = JSON.parse(readFileSync(args.workload, 'utf8'))

/** An empty folder for the peer's databases; the caller of this program removes it. */
export const folder = args.folder

/** Sends what would go to the output elsewhere: the output is for rows. */
console.log = console.info = console.debug = console.error

/**
 * Serves `handle` behind the weak link. `step(name, work)` runs the work and prints what it has cost.
 * `url` is the server as a device across the link sees it.
 */
export async function behindWeakLink(peer, handle) {
  let requests = 0
  const server = http.createServer((request, response) => {
    requests += 1
    return handle(request, response)
  })
  // Nobody closes a connection because he thinks for a while: this link takes minutes.
  Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const link = await weakLink(server.address().port)

  async function step(name, work) {
    await link.ask('reset')
    requests = 0
    const since = performance.now()
    await work()
    const seconds = (performance.now() - since) / 1000
    const counts = JSON.parse(await link.ask('counts'))
    console.error(`${peer}: ${name} ${JSON.stringify(counts)} ${requests} requests ${seconds.toFixed(2)} s`)
    process.stdout.write(`${JSON.stringify({ peer, step: name, ...counts, requests, seconds })}\n`)
  }
  return { url: `http://${link.listening}`, step }
}

async function weakLink(port) {
  const shape = ['--rtt-ms', args['rtt-ms'], '--bits-per-s', args['bits-per-s']]
  const child = spawn(args['weak-link'], ['--upstream', `127.0.0.1:${port}`, ...shape], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => (await lines.next()).value
  const { listening } = JSON.parse(await answer())
  const ask = (command) => {
    child.stdin.write(`${command}\n`)
    return answer()
  }
  return { listening, ask }
}

/** Ends this program as soon as its rows are out, whatever the peer still has running. */
export function finish() {
  process.stdout.write('', () => process.exit(0))
}
