// Findings: from the list to the cell and back, an advisory one explained, everything checked again.

import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { served } from './support/served.mjs'

test('Enter on a finding goes to the record it is about', served('sample', async ({ page }) => {
  const program = await new Program(page).go('checks')
  const list = page.getByRole('listbox', { name: '问题' })
  await list.getByRole('option').first().waitFor()
  await list.focus()
  await program.press('Enter')
  await page.locator('input.sheet-input:focus').waitFor()
}))

test('an advisory finding is explained with E and keeps the explanation', served('sample', async ({ page }) => {
  const program = await new Program(page).go('checks')
  const list = page.getByRole('listbox', { name: '问题' })
  await list.getByRole('option').first().waitFor()
  await list.focus()
  await program.press('e')
  await program.dialog.getByRole('textbox').waitFor()
  await program.type('情况属实，附会议纪要')
  await program.press('Control+Enter')
  await list.getByText('已说明：情况属实，附会议纪要').waitFor()
  await page.getByText(/提示性 \d+（已说明 1）/).waitFor()
  await program.go('home')
  await page.getByText('另有 1 处已说明').waitFor()
}))

test('each finding of a kind that has no name of its own says whose it is', served('sample', async ({ page }) => {
  const program = await new Program(page).go('budget')
  const sheet = await program.sheet('年度预算')
  await sheet.says('第 1 行')
  await program.press('Control+End', 'Home')
  await program.type('101001')
  await page.getByRole('listbox', { name: '可选的值' }).getByRole('option').first().waitFor()
  await program.press('Enter')
  await program.saved()
  await program.go('checks')
  const list = page.getByRole('listbox', { name: '问题' })
  await list.getByRole('option').filter({ hasText: '年度预算' }).filter({ hasText: '101001 武陟县人大常委会办公室 · 年度预算' }).first().waitFor()
}))

test('everything can be checked again, with progress', served('sample', async ({ page }) => {
  const program = await new Program(page).go('checks')
  await page.getByRole('button', { name: '全部重新检查' }).focus()
  await program.press('Enter')
  await program.message('检查完了').waitFor({ timeout: 60_000 })
}))
