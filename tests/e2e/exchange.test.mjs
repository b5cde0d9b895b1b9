// Workbooks in and out by keyboard: what is in error is said with its row, column and reason; nothing is
// written before it is confirmed; all of it is taken back at once; what goes out comes back without a change.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { downloaded, ImportPage } from './pages/exchange.mjs'
import { Program } from './pages/program.mjs'
import { served } from './support/served.mjs'

/** A csv as a clerk's program writes it; resolves to its path. */
function workbook(book, name, lines) {
  const path = join(book.folder, name)
  writeFileSync(path, `\ufeff${lines.join('\r\n')}\r\n`)
  return path
}

const UNITS = ['2026年预算单位名单', '单位代码,单位名称,启用日期', '219001,圪垱店镇财政所,2020年1月1日', '219002,圪垱店镇卫生院,2020.3.1', '219003,圪垱店镇中心小学,没有这一天']

const open = async (page) => {
  const program = await new Program(page).go('exchange')
  return { program, wizard: new ImportPage(page) }
}

test('a list with a wrong cell: seen, left out, imported with one key, taken back with another', served('empty', async ({ page, book }) => {
  const { program, wizard } = await open(page)
  await wizard.choose(workbook(book, '单位.csv', UNITS))
  await wizard.field('单位代码').waitFor()
  await page.locator('#import-columns button:focus').waitFor()
  await page.keyboard.press('Enter')
  await wizard.row('没有这一天').waitFor()
  assert.match(await wizard.row('没有这一天').innerText(), /5[\s\S]*C 列/)
  assert.equal(await wizard.badCell('没有这一天').innerText(), '没有这一天', 'the bad cell shows what stands in the workbook')
  assert.equal(await wizard.tab(/有错/).getAttribute('aria-selected'), 'true')
  await wizard.goOn()
  await wizard.confirm.getByText('还有 1 行有错').waitFor()
  const saved = await downloaded(page, () => wizard.check.getByRole('button', { name: '下载错误工作簿' }).press('Enter'), join(book.folder, '错误.xlsx'))
  assert.equal(readFileSync(saved).subarray(0, 2).toString(), 'PK')
  await wizard.check.getByLabel('只导入正确的行').press('Space')
  await wizard.goOn()
  await wizard.confirm.getByText('已导入：新增 2 条').waitFor()
  await page.locator('#import-confirm button:focus').waitFor()
  await page.keyboard.press('Enter')
  const sheet = await program.sheet('预算单位')
  await sheet.cell('圪垱店镇卫生院').waitFor()
  await program.press('Control+z')
  await sheet.cell('圪垱店镇卫生院').waitFor({ state: 'detached' })
}))

test('going elsewhere and coming back loses nothing, and a changed column asks for a new check', served('empty', async ({ page, book }) => {
  const { program, wizard } = await open(page)
  await wizard.choose(workbook(book, '单位.csv', UNITS.slice(0, 4)))
  await wizard.field('启用日期').waitFor()
  await wizard.goOn()
  await wizard.tab(/新增/).filter({ hasText: '2' }).waitFor()
  await wizard.field('启用日期').selectOption('ignore')
  await wizard.confirm.getByText('请重新检查').waitFor()
  await program.go('home')
  await program.go('exchange')
  assert.equal(await wizard.field('启用日期').inputValue(), 'ignore')
  await wizard.goOn()
  await wizard.confirm.getByText('请重新检查').waitFor({ state: 'detached' })
  await wizard.goOn()
  await wizard.confirm.getByText('已导入：新增 2 条').waitFor()
}))

test('the same list again changes only what differs, shown from old to new', served('empty', async ({ page, book }) => {
  const { wizard } = await open(page)
  await wizard.choose(workbook(book, '单位.csv', UNITS.slice(0, 4)))
  await wizard.field('单位名称').waitFor()
  await wizard.goOn()
  await wizard.tab(/新增/).filter({ hasText: '2' }).waitFor()
  await wizard.goOn()
  await wizard.confirm.getByRole('button', { name: '再导入一个文件' }).press('Enter')
  const later = UNITS.slice(0, 4).map((line) => line.replace('卫生院', '中心卫生院'))
  await wizard.choose(workbook(book, '改过.csv', later))
  await wizard.field('单位名称').waitFor()
  await wizard.goOn()
  await wizard.tab(/更新/).filter({ hasText: '1' }).waitFor()
  await wizard.row('圪垱店镇卫生院 → 圪垱店镇中心卫生院').waitFor()
  await wizard.tab(/相同/).filter({ hasText: '1' }).waitFor()
}))

test('amounts in 万元 are read as such, and a total that does not agree is named with both figures', served('empty', async ({ page, book }) => {
  const { wizard } = await open(page)
  const code = (n) => `41082326Y00000000000${n}`
  await wizard.choose(workbook(book, '项目.csv', ['项目申报表', '单位：万元', '项目代码,项目名称,项目总额', `${code(1)},公路养护,12.5`, `${code(2)},危房改造,"1,000"`, ',合计,1012']))
  await wizard.field('项目总额').waitFor()
  assert.ok(await page.getByRole('radio', { name: '万元', exact: true }).isChecked())
  await wizard.goOn()
  await wizard.row('125,000.00').waitFor()
  await wizard.check.getByText('1 个合计与明细不符').waitFor()
  await wizard.tab(/全部/).press('ArrowLeft')
  await wizard.row('10,120,000.00').filter({ hasText: '10,125,000.00' }).waitFor()
}))

test('a file that is no workbook is refused in words, and the next one is read', served('empty', async ({ page, book }) => {
  const { wizard } = await open(page)
  const path = join(book.folder, '照片.xlsx')
  writeFileSync(path, Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(3000, 7)]))
  await wizard.choose(path)
  await wizard.problem.waitFor()
  await wizard.choose(workbook(book, '单位.csv', UNITS.slice(0, 4)))
  await wizard.field('单位代码').waitFor()
  assert.equal(await wizard.problem.count(), 0)
}))

test('everything exported comes back as it went: not one row to write', served('empty', async ({ page, book }) => {
  const { program, wizard } = await open(page)
  await program.go('agency')
  await (await program.sheet('预算单位')).paste('219001\t财政所\r\n219002\t卫生院\r\n219003\t中心小学')
  await program.saved()
  await program.go('exchange')
  await page.getByRole('tab', { name: '导入' }).press('ArrowRight')
  await page.getByRole('radio', { name: /^全部/ }).check()
  const path = await downloaded(page, () => page.keyboard.press('Enter'), join(book.folder, '单位.xlsx'))
  await page.getByText('共 3 行').waitFor()
  await page.getByRole('tab', { name: '导出' }).press('ArrowLeft')
  await wizard.choose(path)
  await wizard.field('单位代码').waitFor()
  await wizard.goOn()
  await wizard.tab(/相同/).filter({ hasText: '3' }).waitFor()
  await wizard.confirm.getByText('没有要写入的内容').waitFor()
}))

test('the list on the screen goes out as it stands there, found and in its columns', served('empty', async ({ page, book }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.paste('219001\t财政所\r\n219002\t卫生院\r\n219003\t中心小学')
  await program.saved()
  await program.press('Control+f')
  await program.type('卫生院')
  await sheet.cell('中心小学').waitFor({ state: 'detached' })
  await program.go('exchange')
  await page.getByRole('tab', { name: '导入' }).press('ArrowRight')
  await page.getByRole('radio', { name: /^刚才看的列表.*1 条/ }).and(page.locator(':checked')).waitFor()
  await downloaded(page, () => page.getByRole('button', { name: /^导出/ }).press('Enter'), join(book.folder, '一条.xlsx'))
  await page.getByText('共 1 行').waitFor()
}))

test('the disclosure tables of one unit are written into the folder and checked against each other', served('sample', async ({ page, book }) => {
  const program = await new Program(page).go('exchange')
  await page.getByRole('tab', { name: '导入' }).press('ArrowRight')
  await page.getByRole('tab', { name: '导出' }).press('ArrowRight')
  await page.locator('#disclose-unit:focus').waitFor()
  await program.type('101001')
  await page.getByRole('listbox').getByRole('option').first().waitFor()
  await program.press('Enter')
  await page.getByLabel('保存到文件夹').fill(join(book.folder, '公开'))
  await program.press('Enter')
  await page.getByText('已生成').waitFor()
  assert.ok(readdirSync(join(book.folder, '公开'), { recursive: true }).some((name) => name.endsWith('.xlsx')))
}))
