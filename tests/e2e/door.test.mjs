// The loopback door: who gets in, and that the program is there when one does. Screens have files of their own.

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { served } from './support/served.mjs'

/** The status of a call made by something that is not our page; it may send headers that no browser lets a page set. */
function call(server, headers) {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.origin}/api/call/no_such_call`, { method: 'POST', headers }, (response) => resolve(response.resume().statusCode))
    sent.on('error', reject).end('{}')
  })
}

const token = (server) => new URL(server.url).searchParams.get('token')
const FORBIDDEN = 403
const MISDIRECTED = 421

test('the printed address opens the program', served('empty', async ({ page }) => {
  await page.getByText('算盘').first().waitFor()
}))

test('a call with the token is let in', served('empty', async ({ server }) => {
  assert.ok(![FORBIDDEN, MISDIRECTED].includes(await call(server, { 'x-suanpan-token': token(server), origin: server.origin })))
}))

test('a call without the token, or with another one, is refused', served('empty', async ({ server }) => {
  assert.equal(await call(server, {}), FORBIDDEN)
  assert.equal(await call(server, { 'x-suanpan-token': token(server).replace(/./, (c) => (c === '0' ? '1' : '0')) }), FORBIDDEN)
}))

test('another host name is refused, so a rebound name cannot reach in', served('empty', async ({ server }) => {
  const { port } = new URL(server.origin)
  assert.equal(await call(server, { 'x-suanpan-token': token(server), host: `evil.example:${port}` }), MISDIRECTED)
}))

test('a page of another origin is refused even with the token', served('empty', async ({ server }) => {
  assert.equal(await call(server, { 'x-suanpan-token': token(server), origin: 'http://evil.example' }), FORBIDDEN)
}))

test('every start prints a new token', served('empty', async ({ server, restart }) => {
  const again = await restart()
  assert.notEqual(new URL(again.server.url).searchParams.get('token'), token(server))
}))
