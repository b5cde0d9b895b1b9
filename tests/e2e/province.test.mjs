// The screens of sync against a real province: status, disputes, 未采纳, stick. The other person sits at the command line.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { downloaded } from './pages/exchange.mjs'
import { Disputes, Sync, TrayList } from './pages/sync.mjs'
import { onTheSide, put, withProvince } from './support/province.mjs'

const PROJECT = ['pro_name=柳河大桥', 'pro_total_amt=1000']
// In 分.
const amount = async (book, id) => (await book.cli('get', 'project', id)).values.pro_total_amt

test('enrolled on the screen, F9 brings what others typed; without the province the status says so, and recovers', withProvince(async ({ visit, province, other }) => {
  const { page } = visit
  await put(other, 'new', 'agency', 'agency_code=101001', 'agency_name=城关镇财政所')
  await other.cli('sync')
  const program = await new Program(page).opened()
  const sync = new Sync(page)
  await sync.openPanel()
  await sync.enrol({ server: province.address, code: await province.code('卓玛'), name: '卓玛' })
  await program.message('已登记为 2 号设备').waitFor()
  await program.press('Escape')
  await program.press('F9')
  await sync.says('已一致')
  await program.go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.cell('城关镇财政所').waitFor()

  await province.stop()
  await program.press('F9')
  await sync.says('离线')
  await province.start()
  await program.press('F9')
  await sync.says('已一致')
}))

test('two people change one amount: both figures are shown, a third is typed with a reason, and it reaches the other', withProvince(async ({ visit, province, other }) => {
  await put(other, 'new', 'project', ...PROJECT)
  const { id } = (await other.cli('list', 'project')).records[0]
  await other.cli('sync')
  const page = await onTheSide(visit, async (book) => {
    await province.enrol(book, '卓玛')
    await book.cli('sync')
    await put(other, 'set', 'project', id, 'pro_total_amt=1200')
    await other.cli('sync')
    await put(book, 'set', 'project', id, 'pro_total_amt=1500')
  })
  const program = await new Program(page).opened()
  await program.press('F9')
  await program.go('disputes')
  const disputes = await new Disputes(page).ready()
  for (const words of ['1,000.00', '1,200.00', '1,500.00', '项目总额']) await disputes.card.getByText(words).first().waitFor()
  await program.press('3')
  await disputes.card.getByLabel('项目总额').fill('1350')
  await disputes.reason.fill('3月12日会议纪要')
  await program.press('Enter')
  await page.getByText('没有待裁决的争议').waitFor()
  await program.press('F9')
  await new Sync(page).says('已一致')
  await other.cli('sync')
  assert.equal(await amount(other, id), 135_000)
}))

test('what the province refuses is in 未采纳 with field, value and reason; edited, it is taken', withProvince(async ({ visit, province, other }) => {
  await put(other, 'new', 'agency', 'agency_code=101001', 'agency_name=城关镇财政所')
  await other.cli('sync')
  const page = await onTheSide(visit, async (book) => {
    await put(book, 'new', 'agency', 'agency_code=101001', 'agency_name=木城街道财政所')
    await province.enrol(book, '卓玛')
  })
  const program = await new Program(page).opened()
  await program.press('F9')
  await program.go('disputes')
  await page.getByText('未采纳', { exact: false }).first().click()
  const tray = await new TrayList(page).ready()
  for (const words of ['单位代码', '101001', '编码或对象已被使用']) await tray.list.getByText(words).first().waitFor()
  const path = await downloaded(page, () => tray.press('导出 Excel'), join(visit.book.folder, '未采纳.xlsx'))
  assert.equal(readFileSync(path).subarray(0, 2).toString(), 'PK')
  await tray.list.focus()
  await program.press('Enter')
  await program.dialog.getByLabel('单位代码').fill('101002')
  await program.press('Enter')
  await page.getByText('没有未采纳的更改').waitFor()
  await program.press('F9')
  await new Sync(page).says('已一致')
  await other.cli('sync')
  const { records } = await other.cli('list', 'agency')
  assert.deepEqual(records.map(({ values }) => values.agency_code).sort(), ['101001', '101002'])
}))

test('a stick carries both ways; one that was tampered with is refused and changes nothing', withProvince(async ({ visit, province, other }) => {
  await put(other, 'new', 'agency', 'agency_code=101001', 'agency_name=城关镇财政所')
  await other.cli('sync')
  const page = await onTheSide(visit, async (book) => {
    await province.enrol(book, '卓玛')
    await put(book, 'new', 'agency', 'agency_code=101002', 'agency_name=木城街道财政所')
    await province.stop()
  })
  const program = await new Program(page).opened()
  const sync = new Sync(page)
  await sync.openPanel()
  const stick = visit.book.folder
  await sync.panel.getByLabel('U盘上的文件夹').fill(stick)
  await sync.press('写入U盘')
  const written = await sync.panel.getByText(/已写入 .*spx/).textContent()
  const path = /已写入 (\S+\.spx)/.exec(written)[1]

  const altered = readFileSync(path)
  altered[altered.length >> 1] ^= 1
  writeFileSync(join(stick, 'altered.spx'), altered)
  await assert.rejects(province.admin('unpack', join(stick, 'altered.spx'), '--to', stick), /损坏/)
  const said = await province.admin('unpack', path, '--to', stick)
  const reply = /(\S+\.spx)/.exec(said)[1]

  const read = async (file) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), sync.press('从U盘读入')])
    await chooser.setFiles(file)
  }
  const damaged = readFileSync(reply)
  damaged[damaged.length >> 1] ^= 1
  writeFileSync(join(stick, 'damaged.spx'), damaged)
  await read(join(stick, 'damaged.spx'))
  await sync.panel.getByText(/✕ .*损坏/).waitFor()
  await read(reply)
  await sync.panel.getByText(/✓ .*接收/).waitFor()
  await program.press('Escape')
  await program.go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.cell('城关镇财政所').waitFor()
}))
