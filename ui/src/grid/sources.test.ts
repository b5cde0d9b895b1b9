import { describe, expect, it, vi } from 'vitest'
import { arraySource, windowedSource, WINDOW, type Page } from './sources'
import type { GridRow } from './types'

const row = (index: number, text = ''): GridRow => ({ id: `r${index}`, values: { name: `${text}${index}` } })
const page = (from: number, to: number, count: number, text = ''): Page =>
  ({ count, rows: Array.from({ length: Math.max(0, Math.min(to, count) - from) }, (_, i) => row(from + i, text)) })

/** A backend whose answers the test releases one by one. */
function slowBackend(count: number) {
  const waiting: { from: number; answer: () => void; fail: (error: Error) => void }[] = []
  const state = { count, text: '' }
  const fetchPage = (from: number, to: number) => new Promise<Page>((resolve, reject) => {
    waiting.push({ from, answer: () => resolve(page(from, to, state.count, state.text)), fail: reject })
  })
  const flush = async () => {
    for (const call of waiting.splice(0)) call.answer()
    for (let turn = 0; turn < 8; turn++) await Promise.resolve()
  }
  return { fetchPage, waiting, state, flush }
}

describe('rows in windows', () => {
  it('asks for whole windows, once each', async () => {
    const backend = slowBackend(1_000)
    const source = windowedSource(backend.fetchPage)
    const ready = source.reload()
    await backend.flush()
    await ready
    expect(source.count).toBe(1_000)
    source.ensure(190, 230)
    source.ensure(195, 235)
    expect(backend.waiting.map((call) => call.from)).toEqual([WINDOW])
    expect(source.row(210)).toBeUndefined()
    await backend.flush()
    expect(source.row(210)?.id).toBe('r210')
  })

  it('a fling fetches where it ended, not everything it passed', async () => {
    const backend = slowBackend(100_000)
    const source = windowedSource(backend.fetchPage)
    void source.reload()
    await backend.flush()
    for (let first = 1_000; first <= 50_000; first += 1_000) source.ensure(first, first + 30)
    await backend.flush()
    expect(backend.waiting.map((call) => call.from)).toEqual([50_000])
  })

  it('scrolling fetches ahead, in its own direction and at its pace', async () => {
    const backend = slowBackend(10_000)
    const source = windowedSource(backend.fetchPage)
    void source.reload()
    await backend.flush()
    const scroll = async (from: number, step: number, times: number) => {
      for (let n = 0; n < times; n++) {
        source.ensure(from + n * step, from + n * step + 30)
        await backend.flush()
      }
    }
    await scroll(0, 11, 10)
    expect([source.row(399), source.row(600)].map(Boolean)).toEqual([true, false])
    await scroll(5_050, -11, 3)
    expect([source.row(4_799), source.row(5_200)].map(Boolean)).toEqual([true, false])
  })

  it('a gesture can wait for exactly the rows it needs', async () => {
    const backend = slowBackend(1_000)
    const source = windowedSource(backend.fetchPage)
    void source.reload()
    await backend.flush()
    const loaded = source.load(100, 700)
    expect(backend.waiting).toHaveLength(2)
    await backend.flush()
    await backend.flush()
    await loaded
    expect([source.row(100), source.row(699)].every(Boolean)).toBe(true)
  })

  it('a failed read rejects, is told, and may be tried again', async () => {
    const backend = slowBackend(1_000)
    const source = windowedSource(backend.fetchPage)
    void source.reload()
    await backend.flush()
    const loaded = source.load(300, 310)
    backend.waiting.shift()!.fail(new Error('断线'))
    await expect(loaded).rejects.toThrow('断线')
    expect(source.failure).toEqual(new Error('断线'))
    const again = source.load(300, 310)
    await backend.flush()
    await again
    expect(source.failure).toBeNull()
  })

  it('after a reload the old rows stay until the new ones are here, and late answers to the old order are dropped', async () => {
    const backend = slowBackend(1_000)
    const source = windowedSource(backend.fetchPage)
    void source.reload()
    await backend.flush()
    source.ensure(400, 430)
    const late = backend.waiting.splice(0)
    backend.state.text = 'new'
    const reloaded = source.reload()
    expect(source.row(0)?.values.name).toBe('0')
    late.forEach((call) => call.answer())
    await backend.flush()
    await reloaded
    expect(source.row(410)?.values.name).toBe('new410')
    expect(source.row(0)).toBeUndefined()
  })

  it('tells listeners which rows came, and when the length changed', async () => {
    const backend = slowBackend(300)
    const source = windowedSource(backend.fetchPage)
    const heard = vi.fn()
    const stop = source.subscribe(heard)
    void source.reload()
    await backend.flush()
    expect(heard).toHaveBeenLastCalledWith({ kind: 'reset' })
    source.ensure(200, 300)
    await backend.flush()
    expect(heard).toHaveBeenLastCalledWith({ kind: 'rows', from: 200, to: 300 })
    backend.state.count = 301
    const refreshed = source.refresh(299, 300)
    await backend.flush()
    await refreshed
    expect(heard).toHaveBeenLastCalledWith({ kind: 'anew', was: 300, moved: null })
    expect(source.count).toBe(301)
    stop()
    heard.mockClear()
    void source.reload()
    await backend.flush()
    expect(heard).not.toHaveBeenCalled()
  })

  it('an array source tells of replaced and updated rows', () => {
    const source = arraySource([row(0)])
    const heard = vi.fn()
    source.subscribe(heard)
    source.update(0, row(0, 'x'))
    source.replace([row(0), row(1)])
    expect(heard.mock.calls).toEqual([[{ kind: 'rows', from: 0, to: 1 }], [{ kind: 'reset' }]])
    expect(source.count).toBe(2)
  })
})
