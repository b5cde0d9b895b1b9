// What works everywhere: the way round by keys, the card of keys, languages, sizes, the word about saving.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { served } from './support/served.mjs'

test('the first screen says what needs doing, and Enter goes there', served('sample', async ({ page }) => {
  await new Program(page).opened()
  await page.locator('.todo button:focus').waitFor()
  await page.keyboard.press('Enter')
  await page.locator('nav a[aria-current=page][href="#/checks"]').waitFor()
}))

test('an empty book says where to begin', served('empty', async ({ page }) => {
  await new Program(page).opened()
  await page.getByText('还没有预算单位').waitFor()
}))

test('F1 shows every key and Esc closes the card', served('empty', async ({ page }) => {
  const program = await new Program(page).opened()
  await program.press('F1')
  await program.dialog.getByText('撤销 / 重做').waitFor()
  await program.press('Escape')
  await program.dialog.waitFor({ state: 'detached' })
}))

test('the language changes while the program runs', served('empty', async ({ page }) => {
  const program = await new Program(page).opened()
  await page.getByRole('button', { name: 'EN', exact: true }).focus()
  await program.press('Enter')
  await page.getByRole('link', { name: 'Budget units' }).waitFor()
  await page.getByRole('button', { name: 'བོད་' }).focus()
  await program.press('Enter')
  await page.getByRole('link', { name: 'སྔོན་རྩིས་ཚན་པ།' }).waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'bo')
}))

test('F6 goes round the parts of a screen, and nothing is out of reach', served('sample', async ({ page }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.says('第 1 行')
  const seen = new Set()
  for (let step = 0; step < 4; step++) {
    await program.press('F6')
    seen.add(await page.evaluate(() => document.activeElement.closest('[data-region]')?.className))
  }
  assert.ok(seen.size >= 3, [...seen].join())
}))

test('Ctrl+S says that everything is saved already', served('empty', async ({ page }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.fill('219001')
  await program.saved()
  await program.press('Control+s')
  await program.message('不用手工保存').waitFor()
}))

test('the log says who did what', served('empty', async ({ page }) => {
  const program = await new Program(page).go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.says('第 1 行')
  await sheet.fill('219001')
  await program.saved()
  await program.go('settings')
  await page.getByRole('tab', { name: '操作记录' }).click()
  await page.getByText('预算单位：新增 1 行').waitFor()
}))
