// A private desk for a test: an X display nobody else uses, a message bus, a home folder, and on
// request a real Chinese input method. Does not know what is shown on it. Start at `openDesk`.

import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { artefacts } from '../../support/artefacts.mjs'
import { Programs, run, tail, until } from '../../support/processes.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))
const FCITX_ACTIVE = '2' // what `fcitx5-remote` prints when the input method takes the keys

/** Opens a desk; `name` names its folder of artefacts. Always `await desk.close()`. */
export async function openDesk(name, { inputMethod = false } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'suanpan-desk-'))
  const desk = new Desk(home, artefacts(name))
  try {
    await desk.startDisplay()
    await desk.startBus()
    if (inputMethod) await desk.startInputMethod()
    return desk
  } catch (error) {
    await desk.close()
    throw error
  }
}

class Desk {
  constructor(home, folder) {
    this.home = home
    this.folder = folder
    this.logs = join(home, 'logs')
    mkdirSync(this.logs)
    this.programs = new Programs(this.logs)
    this.env = {
      PATH: process.env.PATH,
      HOME: home,
      XDG_RUNTIME_DIR: join(home, 'run'),
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_DMABUF_RENDERER: '1', // there is no GPU under Xvfb
      NO_AT_BRIDGE: '1',
    }
    mkdirSync(this.env.XDG_RUNTIME_DIR, { mode: 0o700 })
  }

  async startDisplay() {
    const xvfb = this.programs.start('xvfb', 'Xvfb', ['-displayfd', '3', '-screen', '0', '1366x768x24', '-nolisten', 'tcp'], {
      env: this.env,
      stdio: ['ignore', 'log', 'log', 'pipe'],
    })
    this.env.DISPLAY = `:${await firstLine(xvfb, xvfb.child.stdio[3])}`
  }

  async startBus() {
    const bus = this.programs.start('dbus', 'dbus-daemon', ['--session', '--nofork', '--print-address=3'], {
      env: this.env,
      stdio: ['ignore', 'log', 'log', 'pipe'],
    })
    this.env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus, bus.child.stdio[3])
  }

  async startInputMethod() {
    this.env.GTK_IM_MODULE = 'fcitx'
    this.env.XMODIFIERS = '@im=fcitx'
    cpSync(join(HERE, '..', 'fcitx5'), join(this.home, '.config', 'fcitx5'), { recursive: true })
    const fcitx = this.programs.start('fcitx5', 'fcitx5', ['--disable=wayland,cloudpinyin,notifications'], { env: this.env })
    await until('fcitx5 to answer with pinyin loaded', async () => {
      if (fcitx.ended) throw new Error(`fcitx5 ended: ${tail(fcitx)}`)
      return /^\d$/.test(await run('fcitx5-remote', [], this.env))
    })
  }

  /** Switches to pinyin for whatever has the keyboard focus, and waits until the input method says so. */
  async pinyinOn() {
    await until('fcitx5 to take the keys of the focused field', async () => {
      await run('fcitx5-remote', ['-o'], this.env)
      const state = await run('fcitx5-remote', [], this.env)
      const method = await run('fcitx5-remote', ['-n'], this.env)
      return state === FCITX_ACTIVE && method === 'pinyin'
    })
  }

  async pinyinOff() {
    await until('fcitx5 to leave the keys alone', async () => {
      await run('fcitx5-remote', ['-c'], this.env)
      return (await run('fcitx5-remote', [], this.env)) !== FCITX_ACTIVE
    })
  }

  /** The corner of the input method's window with the candidates; throws while there is none. */
  async candidateWindow() {
    const id = await run('xdotool', ['search', '--onlyvisible', '--class', 'fcitx'], this.env)
    const place = await run('xdotool', ['getwindowgeometry', '--shell', id], this.env)
    return [Number(/^X=(-?\d+)/m.exec(place)[1]), Number(/^Y=(-?\d+)/m.exec(place)[1])]
  }

  /** Waits for a visible window of that class and gives it the keyboard; there is no window manager. */
  async focusWindow(windowClass) {
    const id = await until(`a window of class ${windowClass}`, async () => {
      const found = await run('xdotool', ['search', '--onlyvisible', '--class', windowClass], this.env)
      return found.split('\n').at(-1)
    }, 30_000)
    await until('the window to take the keyboard', async () => {
      await run('xdotool', ['windowfocus', id], this.env)
      return (await run('xdotool', ['getwindowfocus', '-f'], this.env)) === id
    })
    return id
  }

  click(x, y) {
    return run('xdotool', ['mousemove', String(Math.round(x)), String(Math.round(y)), 'click', '1'], this.env)
  }

  type(text, delay_ms = 60) {
    return run('xdotool', ['type', '--delay', String(delay_ms), text], this.env)
  }

  key(...names) {
    return run('xdotool', ['key', ...names], this.env)
  }

  async picture(name) {
    const path = join(this.folder, `${name}.png`)
    await run('/usr/bin/import', ['-window', 'root', path], this.env)
    return path
  }

  async close() {
    await this.programs.stopAll()
    cpSync(this.logs, this.folder, { recursive: true })
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function firstLine(program, stream) {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk) => (text += chunk))
  await until(`the first line of ${program.name}`, () => {
    if (program.ended) throw new Error(`${program.name} ended: ${tail(program)}`)
    return text.includes('\n')
  })
  return text.split('\n')[0]
}
