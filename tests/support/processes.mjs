// Starting programs for a test and ending exactly those again.
//
// Every program runs in a process group of its own and is bound to this process by
// PR_SET_PDEATHSIG, so nothing is left behind even when the runner itself is killed.
// Nothing here knows what the programs are. Start at `Programs`.

import { spawn, execFile } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const POLL_ms = 25

/** Polls until `probe` returns something truthy and returns it; says what was missing when `timeout_ms` is over. */
export async function until(what, probe, timeout_ms = 15_000) {
  const deadline = Date.now() + timeout_ms
  let last
  for (;;) {
    try {
      const found = await probe()
      if (found) return found
      last = found
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeout_ms} ms for: ${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`)
    await new Promise((resolve) => setTimeout(resolve, POLL_ms))
  }
}

/** Runs a short command to its end; resolves to its trimmed standard output. */
export function run(command, args, env, timeout_ms = 20_000) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, timeout: timeout_ms, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error) reject(Object.assign(new Error(`${command} ${args.join(' ')}: ${error.message}\n${stderr}`), { code: error.code, stdout }))
      else resolve(stdout.trim())
    })
  })
}

const everyone = new Set()
process.once('exit', () => everyone.forEach((programs) => programs.killAll()))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))

export class Programs {
  #running = []
  #logFolder

  constructor(logFolder) {
    this.#logFolder = logFolder
    everyone.add(this)
  }

  /** Starts `command`; what it writes goes to `<name>.log`, unless `stdio` says otherwise. */
  start(name, command, args, { env = process.env, stdio, cwd } = {}) {
    const logPath = join(this.#logFolder, `${name}.log`)
    const log = openSync(logPath, 'w')
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      env,
      cwd,
      detached: true,
      stdio: stdio ? stdio.map((s) => (s === 'log' ? log : s)) : ['ignore', log, log],
    })
    closeSync(log)
    const program = { name, child, logPath, ended: false }
    program.exit = new Promise((resolve) => {
      child.once('error', (error) => resolve({ error }))
      child.once('exit', (code, signal) => resolve({ code, signal }))
    }).then((how) => {
      program.ended = true
      return how
    })
    this.#running.push(program)
    return program
  }

  /** Ends one program and everything it started: asks first, insists after `patience_ms`. */
  async stop(program, patience_ms = 3_000) {
    this.#running = this.#running.filter((p) => p !== program)
    signalGroup(program.child, 'SIGTERM')
    await until(`${program.name} to end`, () => program.ended && !groupIsAlive(program.child), patience_ms).catch(() => {
      signalGroup(program.child, 'SIGKILL')
    })
    await program.exit
  }

  async stopAll(patience_ms = 500) {
    for (const program of [...this.#running].reverse()) await this.stop(program, patience_ms)
    everyone.delete(this)
  }

  /** Without waiting: this process is about to end. */
  killAll() {
    this.#running.forEach(({ child }) => signalGroup(child, 'SIGKILL'))
  }
}

/** The last lines a program wrote, for the message of a failed test. */
export function tail(program, lines = 15) {
  return readFileSync(program.logPath, 'utf8').split('\n').slice(-lines).join('\n')
}

function signalGroup(child, signal) {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

function groupIsAlive(child) {
  try {
    process.kill(-child.pid, 0)
    return true
  } catch {
    return false
  }
}
