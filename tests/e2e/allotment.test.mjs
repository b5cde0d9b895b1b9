// Allotments: a voucher entered by keyboard moves the balance; one that takes too much is refused.

import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { served } from './support/served.mjs'

async function ledger(page) {
  const program = await new Program(page).go('allotment')
  const sheet = await program.sheet('指标')
  await sheet.says('第 1 行')
  await program.press('Alt+Enter')
  await program.panel.getByRole('tab', { name: '基本信息' }).focus()
  await program.press('ArrowRight')
  await program.panel.getByText('可用余额').waitFor()
  return program
}

test('freezing part of an allotment lowers what is free, and Ctrl+Z gives it back', served('sample', async ({ page }) => {
  const program = await ledger(page)
  const free = program.panel.locator('.balances [data-main] dd')
  const before = await free.innerText()
  await program.press('Control+Enter')
  await program.dialog.getByLabel('变动类型').selectOption({ label: '05 冻结' })
  await program.dialog.getByLabel('金额').fill('100')
  await program.dialog.getByLabel('事由').focus()
  await program.type('暂缓执行')
  await program.press('Enter')
  await program.message('冻结 100.00 元，已入账').waitFor()
  await page.waitForFunction((old) => document.querySelector('.balances [data-main] dd').innerText !== old, before)
  await program.press('Control+z')
  await page.waitForFunction((old) => document.querySelector('.balances [data-main] dd').innerText === old, before)
}))

test('a voucher for more than is free is refused with the figure', served('sample', async ({ page }) => {
  const program = await ledger(page)
  await program.press('Control+Enter')
  await program.dialog.getByLabel('变动类型').selectOption({ label: '03 调减' })
  await program.dialog.getByLabel('金额').fill('99999999999')
  await program.dialog.getByLabel('事由').focus()
  await program.type('压减')
  await program.press('Enter')
  await program.dialog.getByRole('alert').getByText('超出可用余额').waitFor()
  await program.press('Escape')
  await program.dialog.waitFor({ state: 'detached' })
}))
