// The start page: a new book by keyboard, the last book with one key, and every kind of trouble in plain words.

import assert from 'node:assert/strict'
import { existsSync, openSync, statSync, writeSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { StartPage } from './pages/start.mjs'
import { suanpan } from '../support/artefacts.mjs'
import { Programs, run } from '../support/processes.mjs'
import { serve, served } from './support/served.mjs'

/** Browsers write every refused call to the console; here the refusal is what is tested. */
const forgiveRefusals = (visit) => visit.thrown.splice(0, visit.thrown.length, ...visit.thrown.filter((line) => !/status of 4\d\d/.test(line)))

const init = (book, env) => run(suanpan(), ['init', book, '--division', '410823000', '--year', '2026'], env)

test('a book is begun with a few letters and Enter, and lies where the page said', served('none', async ({ page, book }) => {
  const start = await new StartPage(page).ready()
  await start.chooseDivision('wzx', '武陟县')
  assert.equal(await page.getByLabel('账套名称').inputValue(), '武陟县')
  const place = await start.place.inputValue()
  assert.match(place, /算盘.武陟县\d{4}\.book$/)
  await page.keyboard.press('Enter')
  await new Program(page).opened()
  assert.ok(existsSync(place), place)
  assert.ok(place.startsWith(book.folder), 'the suggestion lies in the home of this person')
}))

test('without a division nothing is made and the page says what is missing', served('none', async ({ page }) => {
  await new StartPage(page).ready()
  await page.keyboard.press('Enter')
  await page.getByText('请先选择区划').waitFor()
  await page.locator('#start-division:focus').waitFor()
}))

test('a book is opened by its path, left for another, and opened again with one key', served('none', async ({ page, book }) => {
  const start = await new StartPage(page).ready()
  await init(book.book, book.env)
  await start.open(book.book)
  const program = await new Program(page).go('settings')
  await page.getByRole('button', { name: '打开其他账套' }).press('Enter')
  await page.locator('.start-recent button:focus').waitFor()
  await page.keyboard.press('Enter')
  await program.opened()
  await page.getByTitle(book.book).waitFor()
}))

test('a book that another program holds says who has it, and opens once that program is closed', served('none', async (visit) => {
  const { page, book } = visit
  const start = await new StartPage(page).ready()
  await init(book.book, book.env)
  const others = new Programs(book.folder)
  const other = await serve({ ...book, made: true }, others)
  await start.open(book.book)
  await start.trouble.getByText('这个账套正在别处使用').waitFor()
  await start.trouble.getByText(/进程 \d+/).waitFor()
  await other.stop()
  await start.trouble.getByRole('button', { name: '再试一次' }).press('Enter')
  await new Program(page).opened()
  await others.stopAll()
  forgiveRefusals(visit)
}))

test('a book that is gone is taken off the list', served('none', async (visit) => {
  const start = await new StartPage(visit.page).ready()
  await start.open(join(visit.book.folder, '没有这个.book'))
  await start.trouble.getByText('账套文件不在原处').waitFor()
  forgiveRefusals(visit)
}))

test('a damaged book is set aside and brought back with everything done in it', served('empty', async (visit) => {
  const { book } = visit
  const before = await new Program(visit.page).go('agency')
  await (await before.sheet('预算单位')).paste('219001\t圪垱店镇财政所')
  await before.saved()
  await visit.closeBook()
  spoil(book.book)
  book.made = false
  const { page } = await visit.restart()
  const start = await new StartPage(page).ready()
  await start.open(book.book)
  await start.trouble.getByText('文件已损坏').waitFor()
  await page.getByRole('button', { name: /从备份恢复/ }).press('Enter')
  const program = new Program(page)
  await program.dialog.getByRole('button', { name: /^恢复/ }).and(page.locator(':focus')).waitFor()
  await page.keyboard.press('Enter')
  await program.dialog.getByText('已恢复').waitFor()
  await program.dialog.getByRole('button', { name: /继续/ }).press('Enter')
  await program.dialog.waitFor({ state: 'detached' })
  await program.go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.cell('圪垱店镇财政所').waitFor()
  forgiveRefusals(visit)
}))

/** Writes zeros over the pages behind the first, which opening has to read. */
function spoil(path) {
  const file = openSync(path, 'r+')
  const most = Math.min(statSync(path).size - 4096, 64 * 4096)
  writeSync(file, Buffer.alloc(most), 0, most, 4096)
  closeSync(file)
}
