// Performance goals: the project under the cursor, its goals and indicators, and what the weights come to.

import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { served } from './support/served.mjs'

test('a changed weight is told at once when the sum is no longer 100', served('sample', async ({ page }) => {
  const program = await new Program(page).go('performance')
  const projects = await program.sheet('编报绩效的项目')
  await projects.says('第 1 行')
  await page.getByText('权重合计 100').waitFor()
  const indicators = await program.sheet('绩效指标')
  await indicators.focus()
  await indicators.column('权重')
  await indicators.fill('1')
  await page.getByText('权重合计应为 100').waitFor()
  await program.press('Control+z')
  await page.getByText('权重合计 100').waitFor()
}))

test('moving in the list of projects shows the goals of the next one', served('sample', async ({ page }) => {
  const program = await new Program(page).go('performance')
  const projects = await program.sheet('编报绩效的项目')
  await projects.says('第 1 行')
  const title = page.locator('.performance-title')
  await title.waitFor()
  const first = await title.innerText()
  await program.press('ArrowDown')
  await page.waitForFunction((old) => document.querySelector('.performance-title').innerText !== old, first)
}))
