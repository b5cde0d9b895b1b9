import { describe, expect, it } from 'vitest'
import { aloneState } from '../../backend/fake'
import type { Case } from '../../generated/Case'
import type { SyncState } from '../../generated/SyncState'
import type { TrayEntry } from '../../generated/TrayEntry'
import { t } from '../../words'
import { hasMoved } from '../common/sync'
import { decisionOf, emptyDraft, isBulky, lacks } from './choice'
import { changedParts, moneyDifference } from './difference'
import { minutesOf, momentText, progressOf, skewOf, syncLine, timeOfDay } from './pill'
import { changesOf, groupsOf, insteadKey } from './tray'

const NOW = new Date(2026, 10, 20, 16, 42).getTime()
const state = (more: Partial<SyncState>): SyncState => ({ ...aloneState(), phase: 'idle', server: 'https://a', ...more })
const said = (more: Partial<SyncState>): string => {
  const { key, values } = syncLine(state(more), NOW)
  return t(key, values)
}

describe('the word about sync in the status bar', () => {
  it.each<[Partial<SyncState>, string]>([
    [{ phase: 'alone' }, '未登记'], [{}, '尚未同步'], [{ agreed_ms: NOW - 60_000 }, '已一致 16:41'], [{ agreed_ms: NOW, unsettled_ops: 3 }, '待上报 3'],
    [{ phase: 'sending', sent: 3, to_send: 7, bytes_up: 12_000, bytes_down: 288 }, '正在上报 3/7 · 12 KB'], [{ phase: 'receiving', pulled: 4, remaining: 6, bytes_down: 512 }, '正在接收 4/10 · 512 B'],
    [{ phase: 'offline', unsettled_ops: 17, next_try_ms: NOW + 120_000 }, '离线，待上报 17，下次 16:44'], [{ phase: 'offline' }, '离线，待上报 0'],
    [{ phase: 'paused', paused: true, unsettled_ops: 2 }, '已暂停，待上报 2'], [{ phase: 'paused', mode: 'manual', unsettled_ops: 2 }, '待上报 2'], [{ phase: 'paused', mode: 'manual', agreed_ms: NOW }, '已一致 16:42'], [{ phase: 'blocked' }, '需要处理'], [{ phase: 'connecting' }, '正在连接'],
  ])('of %o is %s', (more, words) => expect(said(more)).toBe(words))

  it('names the day of a moment that is not today', () => {
    expect(momentText(new Date(2026, 10, 19, 9, 5).getTime(), NOW)).toBe('11-19 09:05')
    expect(momentText(0, NOW)).toBe('')
  })

  it('has a bar only while bytes move, and no end that is not known', () => {
    expect(progressOf(state({}))).toBeNull()
    expect(progressOf(state({ phase: 'receiving', pulled: 5 }))).toMatchObject({ done: 5, total: null })
    expect(progressOf(state({ phase: 'sending', sent: 1, to_send: 4 }))).toMatchObject({ done: 1, total: 4 })
  })
})

describe('hours and clocks', () => {
  it('go there and back', () => {
    for (const minutes of [0, 59, 60, 810, 1439]) expect(minutesOf(timeOfDay(minutes))).toBe(minutes)
    expect([minutesOf('24:00'), minutesOf('12:60'), minutesOf('')]).toEqual([null, null, null])
  })

  it('are off by minutes, hours or days', () => {
    const words = (ms: number): string => {
      const { key, n } = skewOf(ms)
      return t(key, { n })
    }
    expect(words(7 * 60_000)).toContain('快 7 分钟')
    expect(words(-5 * 3_600_000)).toContain('慢 5 小时')
    expect(words(-16 * 365 * 86_400_000)).toContain('慢 5840 天')
  })
})

describe('screens are read anew', () => {
  it('when both sides agreed, or something needs a person, and not while bytes move', () => {
    const before = state({ phase: 'receiving', pulled: 3 })
    expect(hasMoved(before, state({ phase: 'receiving', pulled: 9, remaining: 1 }))).toBe(false)
    expect(hasMoved(before, state({ phase: 'idle', pulled: 9 }))).toBe(true)
    expect(hasMoved(state({}), state({ agreed_ms: 5 }))).toBe(true)
    expect(hasMoved(state({}), state({ tray: 1 }))).toBe(true)
    expect(hasMoved(state({}), state({}))).toBe(false)
  })
})

describe('what is different', () => {
  const marked = (from: string, to: string): string => changedParts(from, to).map(({ text, changed }) => (changed ? `[${text}]` : text)).join('')

  it('stands out between what both texts share', () => {
    expect(marked('农村公路养护', '农村道路养护')).toBe('农村[道]路养护')
    expect(marked('甲', '甲乙')).toBe('甲[乙]')
    expect(marked('甲乙', '甲')).toBe('甲')
    expect(marked('同', '同')).toBe('同')
    expect(marked('', '新')).toBe('[新]')
    expect(marked('有', '')).toBe('')
  })

  it('never cuts a Tibetan stack or a rare character in two', () => {
    for (const { text } of changedParts('བསྒྲུབ་', 'བསྒྲིབ་')) expect(text).not.toMatch(/^\p{M}/u)
    expect(marked('𠀀村', '𠀁村')).toBe('[𠀁]村')
  })

  it('of amounts is said in the unit on the screen', () => {
    const shown = (value: number | null) => ({ value, text: '' })
    expect(moneyDifference(shown(40_000_000), shown(45_000_000), 'wan')).toBe('(+5.00)')
    expect(moneyDifference(shown(100), shown(50), 'yuan')).toBe('(-0.50)')
    expect([moneyDifference(shown(null), shown(1), 'yuan'), moneyDifference(shown(1), shown(1), 'yuan')]).toEqual(['', ''])
  })
})

describe('a decision', () => {
  const item = (more: Partial<Case>) => ({ id: 'c', money: false, decided: false, current: { value: '甲', text: '甲' }, ...more }) as Case
  const draft = (more: object) => ({ ...emptyDraft(), ...more })

  it('about money needs a reason, about text only when another value is given', () => {
    expect(lacks(item({}), emptyDraft())).toBe('cases.lacks.choice')
    expect(lacks(item({}), draft({ choice: 'keep' }))).toBeNull()
    expect(lacks(item({ money: true }), draft({ choice: 'keep', reason: ' ' }))).toBe('cases.lacks.reason.money')
    expect(lacks(item({}), draft({ choice: 'other' }))).toBe('cases.lacks.value')
    expect(lacks(item({}), draft({ choice: 'other', value: '乙' }))).toBe('cases.lacks.reason.other')
    expect(lacks(item({}), draft({ choice: 'other', value: null, reason: '清空' }))).toBeNull()
  })

  it('goes out with what was seen, and with a value only when it is another', () => {
    expect(decisionOf(item({}), draft({ choice: 'take', value: '丙', reason: ' 会议 ' }))).toEqual({ case: 'c', choice: 'take', reason: '会议', seen: '"甲"' })
    expect(decisionOf(item({}), draft({ choice: 'other', value: null, reason: '清空' }))).toMatchObject({ value: null })
  })

  it('may go together with others unless it is about money', () => {
    expect([isBulky(item({})), isBulky(item({ money: true })), isBulky(item({ decided: true }))]).toEqual([true, false, false])
  })
})

describe('the tray', () => {
  const entry = (id: string, group: string) => ({ id, group, label: group, actor: '卓玛', at_ms: 1, fields: [{ field: { name: 'amt' } }] }) as TrayEntry

  it('keeps together what was made together', () => {
    expect(groupsOf([entry('1', 'a'), entry('2', 'b'), entry('3', 'a')]).map(({ entries }) => entries.map(({ id }) => id))).toEqual([['1', '3'], ['2']])
  })

  it('sends only the values that were put in place of the refused ones', () => {
    const instead = new Map([[insteadKey('1', 'amt'), 5], [insteadKey('2', 'amt'), 6]])
    expect(changesOf(entry('1', 'a'), instead)).toEqual([{ id: '1', field: 'amt', to: 5 }])
    expect(changesOf(entry('9', 'a'), instead)).toEqual([])
  })
})
