// CPU of the thread that draws a page: on a shared machine it holds where frames per second do not, because waiting
// for a core is not counted. Linux only. Each function resolves to a reader of "ms so far".

import { readdirSync, readFileSync } from 'node:fs'

const TICK_ms = 10

/** The page's main thread in Chromium, through its own metrics. */
export async function chromiumCpu(page) {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find((metric) => metric.name === 'TaskDuration').value * 1000
  }
}

/** The main thread of the one WebKit page below this process; its other threads compile and decode. */
export async function webKitCpu() {
  const pages = processes().filter(({ pid, name }) => name.startsWith('WebKitWebProces') && isBelow(pid, process.pid))
  if (pages.length !== 1) throw new Error(`one WebKit page expected, ${pages.length} found`)
  const [{ pid }] = pages
  return () => {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8')
    const figures = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(figures[11]) + Number(figures[12])) * TICK_ms
  }
}

const processes = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).flatMap((pid) => {
  const name = statusOf(pid, 'Name')
  return name ? [{ pid, name }] : []
})

function isBelow(pid, ancestor) {
  for (let at = pid; at > 1; at = Number(statusOf(at, 'PPid'))) if (at === ancestor) return true
  return false
}

/** A line of /proc/PID/status; '' when the process has just ended. */
function statusOf(pid, key) {
  try {
    return new RegExp(`^${key}:\\s+(.+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]
  } catch {
    return ''
  }
}
