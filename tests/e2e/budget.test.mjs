// Drawing up the budget by keyboard: amounts, codes by pinyin initials, units, books, sums, finding and handing in.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { served } from './support/served.mjs'

const start = async (page) => {
  const program = await new Program(page).go('budget')
  const sheet = await program.sheet('年度预算')
  await sheet.says('第 1 行')
  return { program, sheet }
}

/** Ctrl+Enter, the unit by its code, and the button. */
async function handIn(program, unit) {
  await program.press('Control+Enter')
  await program.dialog.getByRole('combobox', { name: '预算单位' }).focus()
  await program.type(unit)
  await program.dialog.getByRole('listbox').getByRole('option').first().waitFor()
  await program.press('Enter')
  await program.dialog.getByRole('button', { name: '提交审核' }).focus()
  await program.press('Enter')
}

test('an amount typed is saved, and the total follows', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  await sheet.column('申报数')
  const before = await sheet.totals().innerText()
  await sheet.fill('1234.56')
  await program.saved()
  await program.press('ArrowUp')
  await sheet.says('1,234.56')
  await page.waitForFunction((old) => document.querySelector('.sheet-totals').innerText !== old, before)
}))

test('a code is chosen by pinyin initials', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  await sheet.column('支出功能分类')
  await program.type('xzyx')
  await page.getByRole('listbox', { name: '可选的值' }).getByRole('option', { name: '行政运行' }).first().waitFor()
  await program.press('Enter', 'ArrowUp')
  await sheet.says('行政运行')
}))

test('the whole tree of codes opens with F4 and narrows as one types', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  await sheet.column('部门经济分类')
  await program.press('F4')
  await program.dialog.getByRole('option', { name: '办公费' }).first().waitFor()
  await program.type('印刷')
  await program.dialog.getByRole('option', { name: '30202 印刷费' }).waitFor()
  await program.press('Enter')
  await sheet.says('印刷费')
  await program.saved()
}))

test('lines stand under their units with subtotals, and fold', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  await page.getByLabel('按单位').focus()
  await program.press('Space')
  const heading = sheet.cell('武陟县人大常委会办公室（')
  await heading.waitFor()
  await sheet.focus()
  await program.press('Control+Home')
  const second = await sheet.cells.nth(12).innerText()
  await program.press('Alt+-')
  await page.waitForFunction((old) => !document.querySelector('.sheet-main').innerText.startsWith(old), second)
  await heading.waitFor()
}))

test('one book of the budget shows only its lines', served('sample', async ({ page }) => {
  await start(page)
  const find = page.getByRole('searchbox')
  const all = await find.getAttribute('placeholder')
  await page.getByLabel('预算', { exact: true }).selectOption({ label: '政府性基金预算' })
  await page.waitForFunction((old) => document.querySelector('[data-find]').placeholder !== old, all)
}))

test('a selection is added up below, in words as well', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  await sheet.column('申报数')
  await program.press('Shift+ArrowDown', 'Shift+ArrowDown')
  await program.status.getByText('计数 3').waitFor()
  assert.match(await program.status.innerText(), /合计.*元[\s\S]*[壹贰叁肆伍陆柒捌玖]/)
}))

test('Ctrl+U shows 万元, and an amount typed then means 万元', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  await sheet.column('申报数')
  await program.press('Control+u')
  await sheet.fill('12.5')
  await program.press('ArrowUp')
  await sheet.says('12.50')
  await program.saved()
  await program.press('Control+u')
  await sheet.says('125,000.00')
}))

test('income is the other side of the same screen', served('sample', async ({ page }) => {
  const { program } = await start(page)
  await page.getByRole('tab', { name: '年度预算' }).focus()
  await program.press('ArrowRight')
  const income = await program.sheet('收入预算')
  await income.focus()
  await income.column('收入预算数')
  await income.fill('1000')
  await program.saved()
}))

test('a unit is not handed in while its lines are wrong, and the way to what is wrong is offered', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  await program.press('Control+End', 'Home')
  await program.type('101001')
  await page.getByRole('listbox', { name: '可选的值' }).getByRole('option').first().waitFor()
  await program.press('Enter')
  await program.saved()
  await program.press('ArrowUp')
  await sheet.says('人大常委会办公室')
  await handIn(program, '101001')
  await program.dialog.getByRole('alert').getByText('强制性问题').waitFor()
  await program.dialog.getByRole('button', { name: '查看问题' }).focus()
  await program.press('Enter')
  await page.getByRole('listbox', { name: '问题' }).getByRole('option').first().waitFor()
}))

test('amounts ten thousand times too small are asked about: Enter keeps them, the other unit is one step of undo', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  await sheet.column('申报数')
  await sheet.paste('100000\n200000\n300000')
  await program.saved()
  await sheet.paste('11\n22\n33')
  await program.dialog.getByText('粘贴的是元还是万元？').waitFor()
  await program.press('ArrowLeft', 'Enter')
  await program.dialog.waitFor({ state: 'detached' })
  await sheet.says('申报数', '110,000.00')
  await program.saved()
  await program.press('Control+z')
  await sheet.says('100,000.00')
  await sheet.paste('11\n22\n33')
  await program.dialog.getByRole('button', { name: '照粘贴的，按元' }).and(page.locator(':focus')).waitFor()
  await program.press('Enter')
  await sheet.says('11.00')
}))

test('a unit whose lines are in order is handed in, its line says so, and there is nothing to hand in twice', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  await sheet.column('申报环节')
  await program.type('单位填报')
  await page.getByRole('listbox', { name: '可选的值' }).getByRole('option').first().waitFor()
  await program.press('Enter', 'ArrowUp')
  await sheet.says('单位填报')
  await program.saved()
  await handIn(program, '101001')
  await program.message('的 1 行预算已提交审核').waitFor()
  await sheet.says('申报环节', '部门审核')
  await handIn(program, '101001')
  await program.dialog.getByRole('alert').getByText('没有待提交的预算').waitFor()
  await program.press('Escape')
  await sheet.focus()
  await program.press('Control+z')
  await program.message('已撤销：提交审核').waitFor()
  await sheet.says('申报环节', '单位填报')
}))

test('1,000 rows of 10 columns pasted are one write, and one Ctrl+Z takes them back', served('sample', async ({ page }) => {
  const { program, sheet } = await start(page)
  const writes = []
  page.on('request', (request) => request.url().endsWith('/api/call/apply') && writes.push(request))
  await program.press('Control+End', 'Home')
  const line = '101001\t武陟县人大常委会办公室公用经费 41082326Y000000000002\t2010101\t30201 办公费\t1.5\t2\t3\t50201\t111\t21'
  await sheet.paste(Array.from({ length: 1000 }, () => line).join('\n'))
  await program.message('已粘贴 1000 行×10 列').waitFor()
  await program.saved()
  assert.equal(writes.length, 1)
  assert.equal(JSON.parse(writes[0].postData()).edits.length, 1000)
  await program.press('Control+z')
  await program.message('已撤销').waitFor()
}))
