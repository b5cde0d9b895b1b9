import { beforeEach, describe, expect, it } from 'vitest'
import type { BookState } from '../../generated/BookState'
import { suggestedPath, wholePath } from './place'
import { forgetRecent, noteRecent, recentBooks } from './recent'

const opened = (path: string): BookState => ({
  path, actor: '', changes: 0, undo: null, redo: null, replayed: 0, journal_fault: null, program_version: '1', start_problem: null, suggested_folder: '', findings_stale: false, amended: 0, damage: [],
  info: { division: '410823000', division_name: '武陟县', year: 2026, name: '武陟县预算', created_at_ms: 0, book_id: '' },
})

describe('where a new book is kept', () => {
  it('is suggested from the name, without letters that file systems refuse', () => {
    expect(suggestedPath('/home/li/文档/算盘', '武陟县2026')).toBe('/home/li/文档/算盘/武陟县2026.book')
    expect(suggestedPath('C:\\Users\\li\\算盘', '收入/支出')).toBe('C:\\Users\\li\\算盘\\收入-支出.book')
    expect(suggestedPath('/home/li', '  ')).toBe('')
  })

  it('a bare name lies in the suggested folder and gets the ending of a book', () => {
    expect(wholePath('试用', '/home/li')).toBe('/home/li/试用.book')
    expect(wholePath('D:\\账\\试用.book', 'C:\\Users\\li')).toBe('D:\\账\\试用.book')
    expect(wholePath('/mnt/u盘/试用', '/home/li')).toBe('/mnt/u盘/试用.book')
  })
})

describe('recent books', () => {
  beforeEach(() => localStorage.clear())

  it('stand newest first, each once, six at most', () => {
    for (let n = 0; n < 9; n++) noteRecent(opened(`/账/${n}.book`), n)
    noteRecent(opened('/账/5.book'), 10)
    expect(recentBooks().map((book) => book.path)).toEqual(['/账/5.book', '/账/8.book', '/账/7.book', '/账/6.book', '/账/4.book', '/账/3.book'])
  })

  it('can be forgotten, and a spoilt list is no list', () => {
    noteRecent(opened('/账/a.book'), 1)
    forgetRecent('/账/a.book')
    expect(recentBooks()).toEqual([])
    localStorage.setItem('suanpan.recent', '{"not": "a list"}')
    expect(recentBooks()).toEqual([])
  })
})
