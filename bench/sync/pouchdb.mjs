// Peer: PouchDB against express-pouchdb (the CouchDB protocol), both on LevelDB, with PouchDB's defaults.
// In its favour: connections are kept alive (node-fetch would close each), and the edit is sent one way only.
import http from 'node:http'
import { createRequire } from 'node:module'
import { behindWeakLink, finish, folder, workload } from './measure.mjs'

const require = createRequire(import.meta.url)
const PouchDB = require('pouchdb')
const serve = require('express-pouchdb')

const AtServer = PouchDB.defaults({ prefix: `${folder}/server-` })
const handle = serve(AtServer, { mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: `${folder}/server.log` })
const { url, step } = await behindWeakLink('PouchDB', handle)

const agent = new http.Agent({ keepAlive: true })
const across = () =>
  new PouchDB(`${url}/book`, { fetch: (at, options) => PouchDB.fetch(at, { ...options, agent }) })
const mine = (name) => new PouchDB(`${folder}/device-${name}`)

const a = mine('a')
await a.bulkDocs(workload.records.map(({ id, ...fields }) => ({ _id: id, ...fields })))
await step('push', () => a.replicate.to(across()))

const b = mine('b')
await step('pull', () => b.replicate.from(across()))
const { doc_count: arrived } = await b.info()
if (arrived !== workload.records.length) throw new Error(`${arrived} records arrived`)

const { id, field, to } = workload.edit
await a.put({ ...(await a.get(id)), [field]: to })
await step('edit', () => a.replicate.to(across()))
await a.sync(across()) // Its first look at what others wrote would count as work.
await step('nothing', () => a.sync(across()))
await b.replicate.from(across())
if ((await b.get(id))[field] !== to) throw new Error('the edit did not arrive')
finish()
