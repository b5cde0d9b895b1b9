// The real desktop window, started and driven through tauri-driver and WebKitWebDriver on a private desk.
// Start at `openWindow`.

import { createServer } from 'node:net'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { Builder, Capabilities } from 'selenium-webdriver'
import { tauriDriver } from '../../support/artefacts.mjs'
import { tail, until } from '../../support/processes.mjs'

const WEBKIT_DRIVER = '/usr/bin/WebKitWebDriver'

/** Starts `application` with `args` on the desk; resolves to { driver, picture, close }. */
export async function openWindow(desk, application, args, env = {}) {
  const [port, nativePort] = [await freePort(), await freePort()]
  const server = desk.programs.start('tauri-driver', tauriDriver(), [
    '--port', String(port), '--native-port', String(nativePort), '--native-driver', WEBKIT_DRIVER,
  ], { env: { ...desk.env, ...env } })
  const address = `http://127.0.0.1:${port}/`
  await until('tauri-driver to listen', async () => {
    if (server.ended) throw new Error(`tauri-driver ended: ${tail(server)}`)
    return (await fetch(`${address}status`)).ok
  })
  const capabilities = new Capabilities()
  capabilities.set('browserName', 'wry')
  capabilities.set('tauri:options', { application, args })
  const driver = await new Builder().withCapabilities(capabilities).usingServer(address).build()
  return {
    driver,
    evaluate: (body) => driver.executeAsyncScript(`const done = arguments[arguments.length - 1]; (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) }))`)
      .then(({ value, error }) => {
        if (error) throw new Error(error)
        return value
      }),
    async picture(name) {
      const path = join(desk.folder, `${name}.png`)
      writeFileSync(path, await driver.takeScreenshot(), 'base64')
      return path
    },
    async close() {
      await driver.quit()
      // The whole group: ending only tauri-driver would leave the window's own processes behind.
      await desk.programs.stop(server)
    },
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
