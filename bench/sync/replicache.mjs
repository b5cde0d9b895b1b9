// Peer: Replicache, its own push and pull over JSON, against the smallest server its protocol allows, kept in
// memory. A push ends with the pull that confirms it: before that Replicache holds its mutations pending.
import { Replicache } from 'replicache'
import { behindWeakLink, finish, workload } from './measure.mjs'

const store = new Map() // key -> { value, version }
const done = new Map() // client -> { group, mutation, version }
let version = 0

function push({ clientGroupID: group, mutations }) {
  for (const { clientID, id, args } of mutations) {
    if (id <= (done.get(clientID)?.mutation ?? 0)) continue
    version += 1
    const { key, fields } = args
    store.set(key, { value: { ...store.get(key)?.value, ...fields }, version })
    done.set(clientID, { group, mutation: id, version })
  }
  return {}
}

function pull({ clientGroupID: group, cookie }) {
  const since = cookie ?? 0
  const mine = [...done].filter(([, client]) => client.group === group && client.version > since)
  const changed = [...store].filter(([, row]) => row.version > since)
  return {
    cookie: version,
    lastMutationIDChanges: Object.fromEntries(mine.map(([client, { mutation }]) => [client, mutation])),
    patch: changed.map(([key, { value }]) => ({ op: 'put', key, value })),
  }
}

async function handle(request, response) {
  const parts = []
  for await (const part of request) parts.push(part)
  const body = JSON.parse(Buffer.concat(parts).toString())
  const answer = JSON.stringify(request.url === '/push' ? push(body) : pull(body))
  response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
}

const { url, step } = await behindWeakLink('Replicache', handle)

function device(name) {
  return new Replicache({
    name,
    kvStore: 'mem',
    pushURL: `${url}/push`,
    pullURL: `${url}/pull`,
    pullInterval: null,
    pushDelay: 86_400_000, // It sends when it is told to.
    requestOptions: { maxDelayMs: 1 },
    logLevel: 'error',
    mutators: {
      async write(tx, { key, fields }) {
        await tx.set(key, { ...(await tx.get(key)), ...fields })
      },
    },
  })
}

async function agree(replica) {
  await replica.push({ now: true })
  await replica.pull({ now: true })
  const pending = await replica.experimentalPendingMutations()
  if (pending.length > 0) throw new Error(`${pending.length} mutations are still pending`)
}

const rows = (replica) => replica.query(async (tx) => new Map(await tx.scan().entries().toArray()))

const a = device('a')
await a.pull({ now: true })
for (const { id, ...fields } of workload.records) await a.mutate.write({ key: id, fields })
await step('push', () => agree(a))

// It pulls by itself when it is made; that pull is the one measured.
let b
await step('pull', () => {
  b = device('b')
  const count = async (tx) => (await tx.scan().keys().toArray()).length
  return new Promise((arrived) => b.subscribe(count, (rows) => rows === workload.records.length && arrived()))
})

const { id, field, to } = workload.edit
await a.mutate.write({ key: id, fields: { [field]: to } })
await step('edit', () => agree(a))
await step('nothing', () => agree(a))
await b.pull({ now: true })
if ((await rows(b)).get(id)[field] !== to) throw new Error('the edit did not arrive')
finish()
