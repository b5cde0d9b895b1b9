// The whole way of one import against a desk that answers what each test needs: what is asked of it,
// what may be confirmed when, and that stopping or failing leaves the page where it was.
import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openDoor } from '../../backend'
import { fakeDoor, type FakeDoor } from '../../backend/fake'
import { loadDocuments } from '../../form/documents'
import type { Layout } from '../../generated/Layout'
import type { Previewed } from '../../generated/Previewed'
import { adoptBook } from '../common/desk'
import ImportScreen from './ImportScreen.vue'
import { check, chooseFile, commit, committed, file, isReached, layout, pending, previewed, reached, setHeader, setRole, startOver, stop, wizard } from './wizard'

let door: FakeDoor

const LAYOUT: Layout = {
  sheet: 0, sheet_name: '单位', header_from: 1, header_to: 1, data_from: 2, data_to: null, unit: 'yuan', unit_stated: false, hidden_rows: 'include', indented: false, fingerprint: 'f',
  columns: [
    { column: 0, header: '单位代码', role: { role: 'field', field: 'agency_code' }, confidence: 100, unit: null, hidden: false },
    { column: 1, header: '名', role: { role: 'field', field: 'agency_name' }, confidence: 70, unit: null, hidden: true },
  ],
}
const HEAD = [['名单', ''], ['单位代码', '名'], ['219001', '财政所']].map((cells, index) => ({ sheet_row: index + 1, cells }))
const previewOf = (errors: number): Previewed => ({
  summary: { new: 2, changed: 1, same: 4, errors, totals: 1, wrong_totals: 0, skipped: 0, hidden: 0 }, totals: [{ sheet_row: 9, kind: 'grand', findings: [] }], skipped: [],
})

/** Results of jobs by the call that started them; a function decides when it is asked how far it is. */
let results: Record<string, unknown>
const started: string[] = []

beforeEach(async () => {
  results = {
    import_read: { import: 7, file_name: '单位.csv', kind: 'csv', sheets: [{ sheet: 0, name: '单位', hidden: false, rows: 7, hidden_rows: 2, hidden_columns: 1 }], entity: 'agency', fiscal_year: null },
    import_preview: previewOf(0),
    import_commit: { new: 2, changed: 1, same: 4, errors: 0, mandatory: 3, advisory: 1, changes: 5 },
  }
  started.length = 0
  door = await fakeDoor()
  door.chooseFile = () => Promise.resolve({ path: '/u/1.csv', name: '单位.csv' })
  const begin = (name: string) => () => ({ job: started.push(name) })
  Object.assign(door.calls, {
    import_read: begin('import_read'), import_preview: begin('import_preview'), import_commit: begin('import_commit'),
    import_recognise: () => ({ layout: LAYOUT, remembered: false, missing: [], head: HEAD }),
    import_rows: () => ({ total: 1, labels: {}, rows: [{ sheet_row: 3, hidden: false, action: 'error', id: 'x', values: [], changes: [], issues: [{ column: 1, field: 'agency_name', code: 'too_long', message: '最多 120 个字', text: '圪垱店镇人民政府第一会计核算中心' }] }] }),
    import_forget: () => ({}), job_cancel: () => ({}),
    job: ({ job }: { job: number }) => {
      const result = results[started[job - 1]!]
      const error = result instanceof Error ? { code: 'cancelled', message: result.message, field: null } : null
      return { job, label: '', done: 1, all: 2, finished: error === null, result: error ? null : result, error }
    },
  })
  openDoor(door)
  await loadDocuments()
  await adoptBook(await door.call('book_state', {}) as never)
  startOver()
})

const lastAsked = (name: string): Record<string, unknown> => door.asked.filter((call) => call.name === name).at(-1)!.request as Record<string, unknown>

describe('an import', () => {
  it('goes from the file to the rows, and only then can be confirmed', async () => {
    expect(reached.value).toBe('file')
    await chooseFile()
    expect([reached.value, isReached('check')]).toEqual(['columns', false])
    expect(pending.value).toBeNull()
    await check()
    expect(lastAsked('import_preview')).toMatchObject({ import: 7, entity: 'agency', fiscal_year: 2026, given: {} })
    expect(pending.value?.new).toBe(2)
    await commit()
    expect(committed.value?.changes).toBe(5)
    expect(pending.value).toBeNull()
  })

  it('rows in error hold it up until they are left out on purpose', async () => {
    results.import_preview = previewOf(3)
    await chooseFile()
    await check()
    expect(pending.value).toBeNull()
    wizard.skipErrors = true
    await commit()
    expect(lastAsked('import_commit')).toEqual({ import: 7, skip_errors: true })
  })

  it('a changed column makes the check stale and throws nothing away', async () => {
    await chooseFile()
    await check()
    setRole(1, { role: 'ignore' })
    expect([wizard.stale, previewed.value === null, pending.value]).toEqual([true, false, null])
    await check()
    expect((lastAsked('import_preview').layout as Layout).columns[1]!.role).toEqual({ role: 'ignore' })
    expect(wizard.stale).toBe(false)
  })

  it('a header that is none is said, and everything stays as it was', async () => {
    await chooseFile()
    door.calls.import_recognise = () => {
      throw { code: 'refused', message: '第 3–3 行不像表头', field: null }
    }
    await setHeader([2, 2])
    expect(lastAsked('import_recognise')).toMatchObject({ sheet: 0, header: [2, 2] })
    expect([wizard.problem, layout.value?.header_from]).toEqual(['第 3–3 行不像表头', 1])
  })

  it('stopping is nothing wrong', async () => {
    results.import_read = new Error('已停止')
    const reading = chooseFile()
    stop()
    await reading
    expect([wizard.problem, file.value, wizard.busy]).toEqual(['', null, null])
  })
})

describe('the page', () => {
  it('shows the sheet as it stands, what is hidden, every doubt, and each error with its place and reason', async () => {
    results.import_preview = previewOf(1)
    const page = mount(ImportScreen, { attachTo: document.body })
    await chooseFile()
    await flushPromises()
    for (const text of ['2 个隐藏行', '1 个隐藏列', '表中没有写明单位', '请确认', '财政所']) expect(page.text()).toContain(text)
    await page.trigger('keydown', { key: 'Enter', ctrlKey: true })
    await vi.waitFor(() => expect(page.text()).toContain('最多 120 个字'))
    expect(page.text()).toContain('B 列')
    expect(page.get('td[data-bad]').text(), 'the bad cell shows what stands in the workbook').toBe('圪垱店镇人民政府第一会计核算中心')
    expect(page.get('td[data-bad]').attributes('title')).toBe('最多 120 个字')
    expect(page.text()).toContain('还有 1 行有错')
    expect(page.get('[data-kind=primary][disabled]').text()).toContain('确认导入')
    page.unmount()
  })
})
