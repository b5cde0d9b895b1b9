// The loopback door: who gets in, and that the program is there when one does. Screens have files of their own.

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { served } from './support/served.mjs'

/** The status of a plain request, with headers that a browser would not let a page set. */
function status(url, headers = {}) {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => resolve(response.resume().statusCode)).on('error', reject).end()
  })
}

const refused = (code) => code >= 400 && code < 500

test('the address with its token opens the program', served('empty', async ({ page }) => {
  await page.getByText('算盘').first().waitFor()
}))

test('without the token nobody gets in', served('empty', async ({ server }) => {
  assert.ok(refused(await status(`${server.origin}/api/call/list`)))
}))

test('a token opens the door once', served('empty', async ({ page, server }) => {
  await page.getByText('算盘').first().waitFor()
  assert.ok(refused(await status(server.url)))
}))

test('another host name is refused, so a foreign page cannot reach in', served('empty', async ({ server }) => {
  const { port } = new URL(server.origin)
  assert.ok(refused(await status(server.origin, { host: `evil.example:${port}` })))
}))

test('a request from another origin is refused', served('empty', async ({ server }) => {
  assert.ok(refused(await status(`${server.origin}/api/call/list`, { origin: 'http://evil.example' })))
}))
