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
}))

test('everything can be checked again, with progress', served('sample', async ({ page }) => {
  const program = await new Program(page).go('checks')
  await page.getByRole('button', { name: '全部重新检查' }).focus()
  await program.press('Enter')
  await program.message('检查完了').waitFor({ timeout: 60_000 })
}))
