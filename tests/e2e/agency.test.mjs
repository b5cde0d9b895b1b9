// Budget units, by keyboard alone: typed in, found, changed in the form, taken back, there after a restart.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { served } from './support/served.mjs'

test('a unit typed into the blank line is in the book after a restart', served('empty', async (visit) => {
  const program = await new Program(visit.page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.says('单位代码', '第 1 行')
  await program.type('219001')
  await program.press('Tab')
  await program.type('圪垱店镇财政所')
  await program.press('Enter')
  await program.saved()
  await visit.restart()
  const again = await new Program(visit.page).go('agency')
  const reopened = await again.sheet('预算单位')
  await reopened.cell('圪垱店镇财政所').waitFor()
}))

test('two columns pasted from a workbook become records, and one Ctrl+Z takes them all back', served('empty', async ({ page }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.paste('219001\t财政所\r\n219002\t卫生院\r\n219003\t中心小学')
  await program.message('已粘贴 3 行×2 列').waitFor()
  await sheet.cell('中心小学').waitFor()
  await program.saved()
  await program.press('Control+z')
  await program.message('已撤销：预算单位：新增 3 行').waitFor()
  await sheet.cell('中心小学').waitFor({ state: 'detached' })
  await program.press('Control+y')
  await sheet.cell('中心小学').waitFor()
}))

test('a row asked for with Ctrl+Ins and typed into is one step of undo', served('empty', async ({ page, book, closeBook }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.paste('219001\t财政所\r\n219002\t卫生院')
  await program.saved()
  await program.press('Control+Home', 'Control+Insert')
  await sheet.says('单位代码', '第 3 行')
  await sheet.fill('219003')
  await sheet.cell('219003').waitFor()
  await program.saved()
  await program.press('Control+z')
  await sheet.cell('219003').waitFor({ state: 'detached' })
  await sheet.cell('卫生院').waitFor()
  await closeBook()
  assert.ok(!JSON.stringify(await book.cli('list', 'agency')).includes('219003'))
}))

test('Alt+Enter on the blank last line says that there is nothing to open yet', served('empty', async ({ page }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.says('第 1 行')
  await program.press('Alt+Enter')
  await program.message('先填一格').waitFor()
}))

test('what is wrong is marked at once, said in words, and F8 goes to it', served('empty', async ({ page }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.says('第 1 行')
  await sheet.fill('219001')
  await program.saved()
  await program.press('Control+Home', 'F8')
  await sheet.says('必填')
  await program.status.getByText('必填').waitFor()
}))

test('the tree follows the cursor of the sheet', served('sample', async ({ page }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.says('第 1 行')
  const chosen = page.getByRole('navigation', { name: '预算单位' }).locator('[role=treeitem][aria-selected=true]')
  await program.press('Control+End', 'ArrowUp')
  await sheet.column('单位名称')
  // The end of the list is read when the cursor gets there.
  await page.locator('input.sheet-input:not([aria-label*="正在读取"])').waitFor()
  const name = (await sheet.spoken()).split('，')[2]
  await chosen.filter({ hasText: name }).waitFor()
  await page.waitForFunction(() => {
    const line = document.querySelector('[role=treeitem][aria-selected=true]').getBoundingClientRect()
    const box = document.querySelector('[role=tree]').getBoundingClientRect()
    return line.top >= box.top - 1 && line.bottom <= box.bottom + 1
  })
}))

test('the tree finds a unit by typing, and Enter puts the cursor on it in the sheet', served('sample', async ({ page }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  const tree = page.getByRole('navigation', { name: '预算单位' })
  await tree.getByRole('searchbox').focus()
  await program.type('审计局')
  await tree.getByRole('treeitem').first().waitFor()
  await program.press('ArrowDown', 'ArrowDown', 'Enter')
  await sheet.says('第')
  assert.match(await sheet.spoken(), /单位代码/)
}))

test('the form changes a field by keyboard, the sheet follows, and history says who did it', served('sample', async ({ page }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.says('单位代码', '第 1 行')
  await program.press('Alt+Enter')
  const name = program.panel.getByLabel('单位简称')
  await name.waitFor()
  await name.focus()
  await program.type('人大办')
  await program.press('Enter')
  await program.saved()
  await program.panel.getByRole('tab', { name: '基本信息' }).focus()
  await program.press('ArrowLeft')
  await program.panel.getByText('人大办').waitFor()
  await program.press('Escape')
  await sheet.says('第 1 行')
}))
