// Sync on the screen without a province: a book that works alone, and disputes that the command line put there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Program } from './pages/program.mjs'
import { Disputes, Sync } from './pages/sync.mjs'
import { served } from './support/served.mjs'

/** A dispute as the province writes it, about the field of a unit. */
async function dispute(book, record, field, { base, theirs, proposed }) {
  const fields = {
    subject_entity: 'agency', subject: record.id, subject_label: record.values.agency_name, field, class: 'plain', base: JSON.stringify(base), theirs: JSON.stringify(theirs), theirs_by: '扎西', theirs_at_ms: 1_789_000_000_000,
    proposed: JSON.stringify(proposed), proposed_by: '次仁卓玛', proposed_at_ms: 1_789_500_000_000, basis: '导入 单位.xlsx', group: 'g', state: '1',
  }
  await book.cli('new', 'conflict_case', ...Object.entries(fields).map(([name, value]) => `${name}=${value}`))
}

test('a book that works alone says so, and offers to enrol', served('empty', async ({ page }) => {
  const program = await new Program(page).opened()
  const sync = new Sync(page)
  await sync.says('未登记')
  await sync.openPanel()
  await sync.press('登记本机')
  await program.press('Escape', 'Escape')
  await program.press('F9')
  await program.message('本机尚未登记').waitFor()
  await program.go('disputes')
  await page.getByText('没有待裁决的争议').waitFor()
}))

test('a dispute is decided by the keyboard, and the decision can be taken back', served('sample', async (visit) => {
  const { book, closeBook, restart } = visit
  await closeBook()
  const { records } = await book.cli('list', 'agency', '--limit', '1')
  const name = records[0].values.agency_name
  await dispute(book, records[0], 'agency_name', { base: name, theirs: name, proposed: `${name}（改）` })
  const { page } = await restart()
  const program = await new Program(page).go('disputes')
  const disputes = await new Disputes(page).ready()
  await disputes.card.getByText('依据：导入 单位.xlsx').waitFor()
  await disputes.decide('2')
  await program.message('裁决').waitFor()
  await page.getByText('没有待裁决的争议').waitFor()
  await disputes.show('已裁决')
  await disputes.card.getByText('采用提出值').waitFor()
  await program.press('Control+z')
  await program.message('已撤销').waitFor()
  await disputes.show('待裁决')
  await disputes.ready()
  await closeBook()
  assert.equal((await book.cli('get', 'agency', records[0].id)).values.agency_name, name)
}))
