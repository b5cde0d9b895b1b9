// The project library: found by initials, its lines filled in inside the panel, last year's copied.

import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { served } from './support/served.mjs'

test('any record is found with Ctrl+K by pinyin initials, and Enter goes to it', served('sample', async ({ page }) => {
  const program = await new Program(page).opened()
  await program.search('wzxsjj', '武陟县审计局')
  const sheet = await program.sheet('预算单位')
  await sheet.says('第')
}))

test('an estimate line is added inside the project, and the project shows its new sum', served('sample', async ({ page }) => {
  const program = await new Program(page).go('project')
  const sheet = await program.sheet('项目')
  await sheet.says('第 1 行')
  await sheet.column('测算合计')
  const before = await sheet.spoken()
  await program.press('Alt+Enter')
  await program.panel.getByRole('tab', { name: '基本信息' }).focus()
  await program.press('ArrowRight', 'ArrowRight')
  const lines = await program.sheet('支出明细')
  await lines.focus()
  await program.press('Control+End')
  await lines.column('金额')
  await lines.fill('100')
  await program.saved()
  await page.waitForFunction((old) => document.querySelector('.screen-sheet .sheet-input').getAttribute('aria-label') !== old, before)
}))

test('a filter in the column menu leaves only what fits, by keyboard', served('sample', async ({ page }) => {
  const program = await new Program(page).go('project')
  const sheet = await program.sheet('项目')
  await sheet.says('第 1 行')
  await sheet.column('项目名称')
  await program.press('Alt+ArrowUp')
  const text = page.getByPlaceholder('包含的文字')
  await text.focus()
  await program.type('公用经费')
  await program.press('Enter')
  await page.waitForFunction(() => /^\d{1,3} 条/.test(document.querySelector('[data-find]').placeholder))
}))

test('finding in this list searches names and codes', served('sample', async ({ page }) => {
  const program = await new Program(page).go('project')
  const sheet = await program.sheet('项目')
  await sheet.says('第 1 行')
  await program.press('Control+f')
  await program.type('干部教育培训')
  await program.press('Enter')
  await sheet.cell('干部教育培训').waitFor()
  await sheet.says('第 1 行')
}))

test('last year is copied as one step that Ctrl+Z takes back', served('sample', async ({ page }) => {
  const program = await new Program(page).opened()
  await page.getByLabel('年度').selectOption('2027')
  await program.go('project')
  const sheet = await program.sheet('项目')
  await page.getByRole('button', { name: '从上年复制' }).focus()
  await program.press('Enter')
  await program.dialog.getByText('2,000').or(program.dialog.getByText('2000 个项目')).first().waitFor()
  await program.press('Enter')
  const copied = sheet.cell('武陟县人大常委会办公室人员经费')
  await copied.waitFor({ timeout: 120_000 })
  await program.press('Control+z')
  await program.message('已撤销：从 2026 年复制').waitFor({ timeout: 120_000 })
  await copied.waitFor({ state: 'detached' })
}))
