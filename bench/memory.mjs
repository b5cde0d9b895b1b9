// Memory of a window: the proportional set size (PSS) of the program and every process it started, once it has come
// to rest. Linux only. Start at `memoryOf`.

import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

const SETTLED = 0.01
const CALM_s = 4
const LONGEST_s = 60

/** Opens `application` on the desk, does `then`, waits until its memory rests; MB. */
export async function memoryOf(desk, application, args, env, then = async () => {}) {
  const program = desk.programs.start(basename(application), application, args, { env: { ...desk.env, ...env } })
  try {
    await settled(program.child.pid)
    await then()
    return await settled(program.child.pid)
  } finally {
    await desk.programs.stop(program)
  }
}

/** Resolves to the MB that did not change by more than SETTLED for CALM_s. */
async function settled(pid) {
  let before = 0
  let calm = 0
  for (let second = 0; second < LONGEST_s && calm < CALM_s; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const now = pss_MB([pid, ...childrenOf(pid)])
    // A window without its web process has not opened yet.
    const same = childrenOf(pid).length > 0 && Math.abs(now - before) <= SETTLED * now
    calm = same ? calm + 1 : 0
    before = now
  }
  return Math.round(before)
}

function childrenOf(pid) {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), parentOf(name)])
  const found = []
  for (let wave = [pid]; wave.length > 0;) {
    wave = parents.filter(([, parent]) => wave.includes(parent)).map(([child]) => child)
    found.push(...wave)
  }
  return found
}

/** The parent of a process; NaN when it has just ended. */
function parentOf(pid) {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1])
  } catch {
    return NaN
  }
}

function pss_MB(pids) {
  const kilobytes = pids.map((pid) => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1])
    } catch {
      return 0
    }
  })
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024
}
