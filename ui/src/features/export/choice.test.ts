import { expect, it } from 'vitest'
import { fakeEntities } from '../../backend/fake'
import { besideBook, columnsFor, everything, fileNameOf, firstColumns, lacksKey, requestOf, type Choice } from './choice'

const def = fakeEntities().find((known) => known.entity === 'project')!
const choice = (changes: Partial<Choice>): Choice => ({ what: 'all', entity: 'project', year: 2026, columns: firstColumns(def, 'all', []), unit: 'yuan', balanced: false, title: '', ...changes })

it('a template has no computed columns, and everything else begins with all columns', () => {
  expect(columnsFor(def, 'template').some((field) => field.derived)).toBe(false)
  expect(firstColumns(def, 'all', ['pro_name']).size).toBe(def.fields.length)
  expect([...firstColumns(def, 'view', ['pro_name', 'nowhere'])]).toEqual(['pro_name'])
})

it('the list on the screen goes out with its own filters and order, whatever kind is chosen beside it', () => {
  const view = { ...everything('project', 2025), text: '公路', only_with_findings: true }
  expect(requestOf(choice({ what: 'view', columns: new Set(['pro_name']) }), def, view, '/x.xlsx')).toMatchObject({ query: view, columns: ['pro_name'], template: false })
  expect(requestOf(choice({}), def, view, '/x.xlsx').query).toEqual(everything('project', 2026))
})

it('rounded figures are kept true only where there are some', () => {
  expect(requestOf(choice({ balanced: true }), def, null, '').balanced).toBe(false)
  expect(requestOf(choice({ balanced: true, unit: 'wan' }), def, null, '').balanced).toBe(true)
  expect(requestOf(choice({ balanced: true, unit: 'wan', what: 'template' }), def, null, '').balanced).toBe(false)
})

it('columns keep the order of the document, and a file without its key is warned of', () => {
  const columns = new Set([def.fields[3]!.name, def.fields[1]!.name])
  expect(requestOf(choice({ columns }), def, null, '').columns).toEqual([def.fields[1]!.name, def.fields[3]!.name])
  expect([lacksKey(def, columns), lacksKey(def, new Set(def.key))]).toEqual([!def.key.every((name) => columns.has(name)), false])
})

it('files and folders are named without what file systems refuse', () => {
  expect(fileNameOf(['武陟县', '2026', '收入/支出', ''])).toBe('武陟县2026收入-支出.xlsx')
  expect([besideBook('/home/li/a.book', '公开'), besideBook('C:\\账\\a.book', '公开'), besideBook('', '公开')]).toEqual(['/home/li/公开', 'C:\\账\\公开', '公开'])
})
