// Settings take effect at once and stay; backups are made, verified and put back from their own page.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { served } from './support/served.mjs'

test('language, type and colours change under the arrow keys and are there after a reload', served('empty', async ({ page }) => {
  await new Program(page).go('settings')
  await page.getByRole('radio', { name: '中文' }).and(page.locator(':focus')).waitFor()
  await page.keyboard.press('ArrowRight')
  await page.getByRole('heading', { name: 'Display' }).waitFor()
  await page.getByRole('radio', { name: 'Large' }).press('Space')
  await page.getByRole('radio', { name: 'Dark' }).press('Space')
  await page.reload()
  await page.getByRole('heading', { name: 'Display' }).waitFor()
  const root = page.locator('html')
  assert.equal(await root.getAttribute('data-theme'), 'dark')
  assert.match(await root.getAttribute('style'), /--type: 16px/)
}))

test('万元 and the way of Enter are kept in the book', served('empty', async (visit) => {
  await new Program(visit.page).go('settings')
  await visit.page.getByRole('radio', { name: '万元' }).press('Space')
  await visit.page.getByRole('radio', { name: '移到右边一格' }).press('Space')
  const { page } = await visit.restart()
  await new Program(page).go('settings')
  await page.getByRole('radio', { name: '万元', checked: true }).waitFor()
  await page.getByRole('radio', { name: '移到右边一格', checked: true }).waitFor()
}))

const openBackups = async (page) => {
  const program = await new Program(page).go('settings')
  await page.getByRole('tab', { name: '显示与习惯' }).press('ArrowRight')
  await page.getByRole('region', { name: '备份', exact: true }).waitFor()
  return program
}

const addUnit = async (program, line) => {
  await program.go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.paste(line)
  await program.saved()
  return sheet
}

test('a copy is made by keyboard and lies in the folder the page names; the whole book is verified', served('empty', async ({ page, book }) => {
  const program = await openBackups(page)
  await page.keyboard.press('Control+Enter')
  await program.message('并核对无误').waitFor()
  assert.ok(readdirSync(`${book.book}.backups`).length > 0)
  await page.getByText(`${book.book}.backups`).waitFor()
  await page.getByRole('button', { name: '核对整本账套' }).press('Enter')
  await page.locator('.card[data-kind=ok]').waitFor()
}))

test('going back to a copy gives up what came after, and the book of today is kept beside it', served('empty', async (visit) => {
  const { page, book } = visit
  const program = await openBackups(page)
  await page.keyboard.press('Control+Enter')
  await program.message('并核对无误').waitFor()
  await addUnit(program, '219001\t财政所')
  await openBackups(page)
  await page.getByRole('button', { name: /^恢复 .* 的备份$/ }).first().press('Enter')
  await program.dialog.getByRole('radio', { checked: true }).and(page.locator(':focus')).waitFor()
  await page.keyboard.press('ArrowDown')
  await program.dialog.getByRole('button', { name: '恢复', exact: true }).and(page.locator(':enabled')).press('Enter')
  await program.dialog.getByText('原来的文件没有删除').waitFor()
  await program.dialog.getByRole('button', { name: /继续/ }).press('Enter')
  await program.dialog.waitFor({ state: 'detached' })
  await program.go('agency')
  await program.sheet('预算单位')
  assert.equal(await page.getByText('财政所').count(), 0)
  assert.ok(readdirSync(book.folder).some((name) => name.startsWith('county.book.') && /\d{8}-\d{6}/.test(name)), readdirSync(book.folder).join(' '))
}))

test('a copy with everything done since loses nothing', served('empty', async ({ page }) => {
  const program = await openBackups(page)
  await page.keyboard.press('Control+Enter')
  await program.message('并核对无误').waitFor()
  await addUnit(program, '219001\t财政所')
  await openBackups(page)
  await page.getByRole('button', { name: /^恢复 .* 的备份$/ }).first().press('Enter')
  await program.dialog.getByRole('button', { name: '恢复', exact: true }).and(page.locator(':enabled')).press('Enter')
  await program.dialog.getByText('已恢复').waitFor()
  await program.dialog.getByRole('button', { name: /继续/ }).press('Enter')
  await program.dialog.waitFor({ state: 'detached' })
  await program.go('agency')
  const sheet = await program.sheet('预算单位')
  await sheet.cell('财政所').waitFor()
}))
