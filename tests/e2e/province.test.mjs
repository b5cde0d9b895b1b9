// The screens of sync against a real province: status, disputes, 未采纳, stick. The other person sits at the command line.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { downloaded } from './pages/exchange.mjs'
import { Disputes, Sync, TrayList } from './pages/sync.mjs'
import { onTheSide, put, SCOPE, withProvince, withTwoDesks } from './support/province.mjs'

const PROJECTS = ['柳河大桥', '沁河水库']
// In 分.
const amounts = async (book) => (await book.cli('list', 'project')).records.map(({ values }) => values.pro_total_amt).sort()
const MOMENT = /\d{4}-\d\d-\d\d \d\d:\d\d/

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
  await sync.says('离线，待上报 0')
  await sync.openPanel()
  await sync.fact('平台地址').getByText(province.address).waitFor()
  await sync.fact('本机名称').getByText('卓玛（2 号设备）').waitFor()
  await sync.fact('最近一致').getByText(MOMENT).waitFor()
  await sync.panel.getByRole('alert').waitFor()
  await program.press('Escape')
  await province.start()
  await program.press('F9')
  await sync.says('已一致')
}))

test('a province that puts the desk off is named with its reason and the time of the next try, also when sync is by hand only', withProvince(async ({ visit, province }) => {
  const page = await onTheSide(visit, (book) => province.enrol(book, '卓玛'))
  await new Program(page).opened()
  const sync = new Sync(page)
  await sync.onlyByHand()
  await province.stop()
  await page.keyboard.press('F9')
  await sync.says('离线')
  await province.start('--exchanges-per-minute', '1')
  await page.keyboard.press('F9')
  await province.hadExchange('done')
  await page.keyboard.press('F9')
  await sync.openPanel()
  await sync.panel.getByRole('alert').filter({ hasText: '本机同步过于频繁，稍后自动重试' }).waitFor()
  await sync.fact('下次').getByText(MOMENT).waitFor()
}))

test('two people change the same amounts: a third figure is typed for one, the proposed one taken for the other, each with a reason, and both reach the other', withProvince(async ({ visit, province, other }) => {
  for (const name of PROJECTS) await put(other, 'new', 'project', `pro_name=${name}`, 'pro_total_amt=1000')
  const { records } = await other.cli('list', 'project')
  await other.cli('sync')
  const page = await onTheSide(visit, async (book) => {
    await province.enrol(book, '卓玛')
    await book.cli('sync')
    for (const { id } of records) await put(other, 'set', 'project', id, 'pro_total_amt=1200')
    await other.cli('sync')
    for (const { id } of records) await put(book, 'set', 'project', id, 'pro_total_amt=1500')
  })
  const program = await new Program(page).opened()
  await program.press('F9')
  await program.go('disputes')
  const disputes = await new Disputes(page).ready()
  await disputes.card.getByRole('heading', { name: '项目总额' }).waitFor()
  for (const [kind, figure] of [['base', '1,000.00'], ['keep', '1,200.00'], ['take', '1,500.00']]) await disputes.value(kind).getByText(figure).first().waitFor()
  await disputes.value('take').getByText('我提出的值').waitFor()
  for (const [kind, who] of [['keep', '县局李会计'], ['take', '卓玛']]) {
    await disputes.value(kind).getByText(who, { exact: true }).waitFor()
    await disputes.value(kind).getByText(MOMENT).waitFor()
  }

  await program.press('3')
  await disputes.card.getByLabel('项目总额').fill('1350')
  await disputes.reason.fill('3月12日会议纪要')
  await program.press('Enter')
  await disputes.list.getByRole('option').nth(1).waitFor({ state: 'detached' })
  await disputes.decide('2')
  await disputes.card.getByText('金额的争议须写明理由').waitFor()
  await program.type('合同金额')
  await program.press('Enter')
  await page.getByText('没有待裁决的争议').waitFor()
  await program.press('F9')
  await new Sync(page).says('已一致')
  await other.cli('sync')
  assert.deepEqual(await amounts(other), [135_000, 150_000])
}))

test('two people of one name change the same amount on two screens; it is decided on one of them, and both show what was decided', withTwoDesks(async ({ here, there, province }) => {
  for (const { book } of [here, there]) book.env.SUANPAN_ACTOR = '王芳'
  const hereFirst = await onTheSide(here, async (book) => {
    await province.enrol(book, '预算股一号机')
    await put(book, 'new', 'project', 'pro_name=柳河大桥', 'pro_total_amt=1000')
    await book.cli('sync')
  })
  const thereFirst = await onTheSide(there, async (book) => {
    await province.enrol(book, '城关镇一号机')
    await book.cli('sync')
  })
  const [one, two] = [hereFirst, thereFirst].map((page) => ({ page, program: new Program(page), sync: new Sync(page), disputes: new Disputes(page) }))
  for (const [desk, amount] of [[one, '1200'], [two, '1500']]) {
    await desk.program.opened()
    await desk.sync.onlyByHand()
    await desk.program.go('project')
    desk.sheet = await desk.program.sheet('项目')
    await desk.sheet.focus()
    await desk.sheet.column('项目总额')
    await desk.sheet.fill(amount)
    await desk.program.saved()
  }
  await one.sync.agree()
  await two.sync.agree()
  await two.sheet.cell('1,200.00').waitFor()

  // Both are called 王芳; only the one who proposed it reads that it is hers.
  for (const [desk, heading] of [[two, /^\s*我提出的值/], [one, /^\s*提出的值/]]) {
    await desk.program.press('F9')
    await desk.program.go('disputes')
    await desk.disputes.ready()
    await desk.disputes.value('take').getByText(heading).waitFor()
    await desk.disputes.value('take').getByText('1,500.00').first().waitFor()
  }
  await one.disputes.decide('2')
  await one.program.type('按施工合同')
  await one.program.press('Enter')
  await one.page.getByText('没有待裁决的争议').waitFor()
  await one.sync.agree()
  await two.program.press('F9')
  await two.page.getByText('没有待裁决的争议').waitFor()
  await two.disputes.show('已裁决')
  await two.disputes.card.getByText('按施工合同').waitFor()
  for (const { program } of [one, two]) {
    await program.go('project')
    await (await program.sheet('项目')).cell('1,500.00').waitFor()
  }
}))

test('what is typed while the province is away waits on the screen, and is agreed once it is back', withProvince(async ({ visit, province, other }) => {
  const page = await onTheSide(visit, async (book) => {
    await province.enrol(book, '卓玛')
    await put(book, 'new', 'agency', 'agency_code=101001', 'agency_name=城关镇财政所')
    await book.cli('sync')
  })
  const program = await new Program(page).go('agency')
  const [sheet, sync] = [await program.sheet('预算单位'), new Sync(page)]
  await sync.says('已一致')
  await province.stop()
  await sheet.focus()
  await sheet.column('单位名称')
  await sheet.fill('木城街道财政所')
  await program.saved()
  await sync.says('离线，待上报 1')
  await province.start()
  await program.press('F9')
  await sync.says('已一致')
  await other.cli('sync')
  const { records } = await other.cli('list', 'agency')
  assert.deepEqual(records.map(({ values }) => values.agency_name), ['木城街道财政所'])
}))

test('a code that was given out for another division enrols nobody and says for which it is; the right one can be typed at once', withProvince(async ({ visit, province }) => {
  const { page } = visit
  const program = await new Program(page).opened()
  const sync = new Sync(page)
  await sync.openPanel()
  await sync.enrol({ server: province.address, code: await province.code('邻县一号机', '410822000'), name: '卓玛' })
  const problem = program.dialog.last().getByRole('alert')
  for (const words of ['没有登记', '410822000 博爱县', `${SCOPE} 武陟县`]) await problem.getByText(words).waitFor()
  await page.getByLabel('一次性登记码').fill(await province.code('卓玛'))
  await program.press('Enter')
  await program.message('已登记为 3 号设备').waitFor()
}))

test('what is written for a division that this PC has no right to is in 未采纳 and says so', withProvince(async ({ visit, province, other }) => {
  const page = await onTheSide(visit, (book) => province.enrol(book, '卓玛'))
  const program = await new Program(page).opened()
  await page.evaluate(async () => {
    const edit = { edit: 'new', entity: 'agency', id: null, fiscal_year: 2026, division: '410822000', fields: { agency_code: '101001', agency_name: '城关镇财政所' } }
    const headers = { 'content-type': 'application/json', 'x-suanpan-token': sessionStorage.getItem('suanpan.token') }
    await fetch('./api/call/apply', { method: 'POST', headers, body: JSON.stringify({ label: '新增', edits: [edit] }) })
  })
  const sync = new Sync(page)
  await program.press('F9')
  await sync.says('已一致')
  await sync.openPanel()
  await sync.press('项未采纳')
  const tray = await new TrayList(page).ready()
  for (const words of ['城关镇财政所', '没有权限', '本机没有修改区划 410822000 的权限']) await tray.list.getByText(words).first().waitFor()
  await other.cli('sync')
  assert.deepEqual((await other.cli('list', 'agency')).records, [])
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

/** A page where a new name of a unit was refused, because 县局李会计 had deleted the unit: its 未采纳. */
async function changeOfDeleted({ visit, province, other }) {
  await put(other, 'new', 'agency', 'agency_code=101001', 'agency_name=城关镇财政所')
  const { id } = (await other.cli('list', 'agency')).records[0]
  await other.cli('sync')
  const page = await onTheSide(visit, async (book) => {
    await province.enrol(book, '卓玛')
    await book.cli('sync')
    await other.cli('rm', 'agency', id)
    await other.cli('sync')
    await put(book, 'set', 'agency', id, 'agency_name=木城街道财政所')
  })
  const program = await new Program(page).opened()
  await program.press('F9')
  const sync = new Sync(page)
  await sync.says('已一致')
  await sync.openPanel()
  await sync.press('1 项未采纳')
  const tray = await new TrayList(page).ready()
  for (const words of ['单位名称', '木城街道财政所', '预算单位已删除']) await tray.list.getByText(words).first().waitFor()
  return { page, program, sync, tray }
}

test('a change of what the other deleted is in 未采纳, and gone when it is given up', withProvince(async (desks) => {
  const { page, program } = await changeOfDeleted(desks)
  await program.press('Delete')
  await program.dialog.waitFor()
  await program.press('Enter')
  await page.getByText('没有未采纳的更改').waitFor()
}))

test('a change of what the other deleted says who deleted it; a key restores the record, and the change goes again', withProvince(async (desks) => {
  const { page, program, sync, tray } = await changeOfDeleted(desks)
  await tray.list.getByText(/县局李会计 · \d{4}-/).waitFor()
  assert.equal(await tray.list.getByText('现为').count(), 0)
  await program.press('r')
  await tray.list.getByText('现为').waitFor()
  await tray.press('重新上报 1 项')
  await page.getByText('没有未采纳的更改').waitFor()
  await program.press('F9')
  await sync.says('已一致')
  await desks.other.cli('sync')
  const { records } = await desks.other.cli('list', 'agency')
  assert.deepEqual(records.map(({ values }) => values.agency_name), ['木城街道财政所'])
}))

test('by mouse: the button of the line restores, the dialog sends', withProvince(async (desks) => {
  const { page, program, tray } = await changeOfDeleted(desks)
  await tray.list.getByRole('button', { name: '恢复记录' }).click()
  await tray.list.getByText('现为').waitFor()
  await tray.list.getByRole('button', { name: '修改后重报' }).click()
  await program.dialog.getByRole('button', { name: '重新上报' }).click()
  await page.getByText('没有未采纳的更改').waitFor()
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
  const held = await province.held()
  await assert.rejects(province.admin('unpack', join(stick, 'altered.spx'), '--to', stick), /损坏/)
  assert.equal(await province.held(), held)
  const said = await province.admin('unpack', path, '--to', stick)
  assert.notEqual(await province.held(), held, 'the one that is whole is seen in what the province holds')
  const reply = /(\S+\.spx)/.exec(said)[1]

  const reading = readFileSync(reply)
  const damaged = Buffer.from(reading)
  damaged[damaged.length >> 1] ^= 1
  const refused = [['damaged.spx', damaged, '已损坏或被改动过'], ['cut.spx', reading.subarray(0, reading.length - 20), '同步包不完整'], ['own.spx', readFileSync(path), '不是给本机的']]
  const before = await sync.fact('还没传完').textContent()
  for (const [name, bytes, reason] of refused) {
    writeFileSync(join(stick, name), bytes)
    await sync.readPackage(join(stick, name))
    await sync.panel.getByText(new RegExp(`^✕ .*${reason}`)).waitFor()
  }
  assert.equal(await sync.fact('还没传完').textContent(), before)
  await program.press('Escape')
  await program.go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.cell('木城街道财政所').waitFor()
  assert.equal(await sheet.cell('城关镇财政所').count(), 0)

  await sync.openPanel()
  await sync.readPackage(reply)
  await sync.panel.getByText(/✓ .*接收/).waitFor()
  await sync.fact('还没传完').getByText('待上报 0 项').waitFor()
  await sync.readPackage(reply)
  await sync.panel.getByText(/✓ .*没有新的内容/).waitFor()
  await program.press('Escape')
  await sheet.cell('城关镇财政所').waitFor()
}))
