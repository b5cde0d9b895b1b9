// What is put into the page to watch it, as text that runs there: calls and when they were answered, frames and the
// gaps between them. Reads the page as a person would (the sheet's frame, the word about saving); changes nothing.

/** Before the page's own code: `bench.calls` lists every answered call. */
export const WATCH_CALLS = `
  window.bench = { calls: [] }
  const asked = window.fetch
  window.fetch = async (address, options) => {
    const response = await asked(address, options)
    const name = /api\\/call\\/(\\w+)$/.exec(String(address))?.[1]
    if (name) {
      const copy = response.clone()
      const answer = name === 'apply' ? await copy.json() : null
      bench.calls.push({ name, ok: response.ok, ended: performance.now(), answer })
    }
    return response
  }`

const SCROLL_ms = 4_000
/** A hard spin of the wheel: about ten rows a frame. */
const STEP_px = 300

/** Scrolls the sheet down for SCROLL_ms, one step a frame; { fps, longest_ms, frames }, where `frames` counts those before the clock started too. */
export const SCROLL = `
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  const sheet = document.querySelector('.sheet-view')
  const WARM = 30
  for (let warm = 0; warm < WARM; warm++) { sheet.scrollTop += ${STEP_px}; await frame() }
  const first = await frame()
  let last = first, longest = 0, count = 0
  while (last - first < ${SCROLL_ms}) {
    sheet.scrollTop += ${STEP_px}
    const now = await frame()
    longest = Math.max(longest, now - last)
    last = now
    count++
  }
  if (sheet.scrollTop < ${STEP_px} * count) throw new Error('the sheet did not scroll')
  return { fps: Math.round(count / (last - first) * 10000) / 10, longest_ms: Math.round(longest), frames: count + WARM + 1 }`

/** The first 1,000 rows of the list that the page has open. */
export const firstRows = (query) => `
  const headers = { 'content-type': 'application/json', 'x-suanpan-token': sessionStorage.getItem('suanpan.token') }
  const call = async (name, body) => (await fetch('./api/call/' + name, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  const { view } = await call('rows_open', ${JSON.stringify(query)})
  return (await call('rows_window', { view, offset: 0, limit: 1000 })).rows`

const DEP_ECO = 5
const EXP_FUNC = 3
const MORE_FUNCTIONS = { 2010301: '2130101', 2010302: '2130104', 2010303: '2050202', 2010350: '2050201', 2010399: '2080101' }
/** Another pair of economic classes for each; still one row per key. */
const OTHER_ECONOMICS = {
  30101: ['30201', '50201'], 30201: ['30202', '50201'], 30202: ['30205', '50201'], 30205: ['30206', '50201'], 30206: ['30207', '50201'],
  30207: ['30211', '50201'], 30211: ['30213', '50209'], 30213: ['30214', '50201'], 30214: ['30215', '50202'], 30215: ['30101', '50101'],
}

/** Ten columns from 支出功能分类 on, as Excel puts them on the clipboard: five codes and five amounts. */
export function pastedText(rows) {
  return rows.map(({ values }, at) => {
    const [dep_eco, gov_eco] = OTHER_ECONOMICS[values[DEP_ECO]]
    const amounts = [1, 2, 3, 4, 5].map((salt) => `${at * 37 + salt}.5${salt}`)
    return [MORE_FUNCTIONS[values[EXP_FUNC]], dep_eco, ...amounts.slice(0, 3), gov_eco, '11112', '22', ...amounts.slice(3)].join('\t')
  }).join('\r\n')
}

/** From now on: the longest gap between frames, how many saves were done and how long the slowest took. */
export const WATCH_FRAMES = `
  const pill = [...document.querySelectorAll('[role=status]')].find((found) => /保存/.test(found.textContent))
  if (!pill) throw new Error('no word about saving')
  window.bench = { ...window.bench, stop: false, saves: 0, seen: { longest_ms: 0, slowest_save_ms: 0 } }
  let last = performance.now(), since = null
  const look = (now) => {
    bench.seen.longest_ms = Math.max(bench.seen.longest_ms, Math.round(now - last))
    last = now
    const saving = !pill.textContent.includes('已自动保存')
    if (saving && since === null) since = now
    if (!saving && since !== null) {
      bench.seen.slowest_save_ms = Math.max(bench.seen.slowest_save_ms, Math.round(now - since))
      bench.saves++
      since = null
    }
    if (!bench.stop) requestAnimationFrame(look)
  }
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(look) })`

/** Shorter than WebDriver's own, which would not say why. */
const PATIENCE_ms = 25_000

/** Resolves when that many saves were done. */
export const untilSaves = (count) => `
  const patience = performance.now() + ${PATIENCE_ms}
  while (bench.saves < ${count}) {
    if (performance.now() > patience) throw new Error('a save did not end: ' + document.querySelector('[role=status]').textContent)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true`
