import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Door } from './door'
import { fakeDoor } from './fake'
import { httpDoor, takeToken } from './http'
import { call, CallFailure, followJob, isFailure, openDoor } from './index'
import { progressOf } from './jobs'

const doorThat = (answer: (name: string) => unknown): Door => ({
  native: false, call: async (name) => answer(name), chooseFile: async () => null, chooseTarget: async () => null, chooseFolder: async () => null,
  takeFile: async () => ({ path: '', name: '' }), deliver: async () => undefined,
})

afterEach(() => vi.unstubAllGlobals())

describe('a call', () => {
  it('answers with what the desk said', async () => {
    openDoor(doorThat(() => ({ job: 7 })))
    expect(await call('check_all', {})).toEqual({ job: 7 })
  })

  it('that the desk refuses throws its words, code and field', async () => {
    openDoor(doorThat(() => { throw { code: 'stale', message: '已被修改', field: 'amount' } }))
    const thrown = await call('apply', { label: '', edits: [] }).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(CallFailure)
    expect(thrown).toMatchObject({ code: 'stale', message: '已被修改', field: 'amount' })
    expect(isFailure(thrown, 'stale')).toBe(true)
  })

  it('that never arrives says so in words a clerk can use', async () => {
    openDoor(doorThat(() => { throw new TypeError('Failed to fetch') }))
    await expect(call('book_state', {})).rejects.toThrow('程序没有应答')
  })
})

describe('the loopback door', () => {
  it('sends the token with every call and reads refusals', async () => {
    const sent: [string, RequestInit][] = []
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      sent.push([url, init])
      return new Response(JSON.stringify({ code: 'no_book', message: '还没有打开账套', field: null }), { status: 404 })
    })
    await expect(httpDoor('secret').call('home', { fiscal_year: 2026 })).rejects.toMatchObject({ code: 'no_book' })
    expect(sent[0]![0]).toBe('./api/call/home')
    expect(sent[0]![1].headers).toMatchObject({ 'x-suanpan-token': 'secret' })
    expect(sent[0]![1].body).toBe('{"fiscal_year":2026}')
  })

  it('reserves a place for a file that a call shall write', async () => {
    vi.stubGlobal('fetch', async () => new Response('{"path":"/tmp/1.xlsx"}'))
    expect(await httpDoor('').chooseTarget({ title: '', extensions: ['xlsx'], suggested: '预算.xlsx' })).toEqual({ path: '/tmp/1.xlsx', name: '预算.xlsx' })
  })

  it('takes the token out of the address and keeps it for the next visit of this tab', () => {
    history.replaceState(null, '', '/?token=abc#/budget')
    expect(takeToken()).toBe('abc')
    expect(location.search).toBe('')
    expect(location.hash).toBe('#/budget')
    expect(takeToken()).toBe('abc')
  })
})

describe('a job', () => {
  const state = { job: 1, label: '检查', done: 0, all: 10, finished: false, result: null, error: null }

  it('is followed to its result, with progress on the way', async () => {
    const states = [{ ...state, done: 4 }, { ...state, done: 10, finished: true, result: { findings: 3 } }]
    openDoor(doorThat(() => states.shift()))
    const seen: number[] = []
    expect(await followJob({ job: 1 }, (progress) => seen.push(progress.done))).toEqual({ findings: 3 })
    expect(seen).toEqual([4])
  })

  it('that fails throws', async () => {
    openDoor(doorThat(() => ({ ...state, finished: true, error: { code: 'cancelled', message: '已停止', field: null } })))
    await expect(followJob({ job: 1 }, () => undefined)).rejects.toThrow('已停止')
  })

  it('is asked to stop when the person stops it', async () => {
    const asked: string[] = []
    const stop = new AbortController()
    openDoor(doorThat((name) => {
      asked.push(name)
      if (name === 'job_cancel') return {}
      if (asked.includes('job_cancel')) throw { code: 'cancelled', message: '已停止', field: null }
      return state
    }))
    await expect(followJob({ job: 1 }, () => stop.abort(), stop.signal)).rejects.toMatchObject({ code: 'cancelled' })
    expect(asked).toContain('job_cancel')
  })

  it('says how long it still takes once that can be said', () => {
    expect(progressOf({ ...state, done: 5 }, 2000).secondsLeft).toBe(2)
    expect(progressOf({ ...state, done: 5 }, 100).secondsLeft).toBeNull()
    expect(progressOf({ ...state, all: 0 }, 2000)).toMatchObject({ all: null, secondsLeft: null })
  })
})

describe('the desk in memory', () => {
  it('refuses a change of something that is not as it was seen, and changes nothing', async () => {
    const door = await fakeDoor()
    openDoor(door)
    const unit = door.book.of('agency')[0]!
    const set = (field: string, from: string, to: string) => ({ edit: 'set' as const, entity: 'agency', id: unit.id, field, from, to })
    const edits = [set('agency_name', '圪垱店镇', '新名'), set('agency_code', '999', '1')]
    await expect(call('apply', { label: '', edits })).rejects.toMatchObject({ code: 'stale', field: 'agency_code' })
    expect(door.book.get(unit.id).values.agency_name).toBe('圪垱店镇')
  })
})
