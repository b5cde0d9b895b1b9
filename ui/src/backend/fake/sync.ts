// Sync of the desk in memory: a book that works alone, or one with disputes and a tray to look at.
import type { Case } from '../../generated/Case'
import type { ShownField } from '../../generated/ShownField'
import type { ShownRecord } from '../../generated/ShownRecord'
import type { SyncState } from '../../generated/SyncState'
import type { Tray } from '../../generated/Tray'
import type { TrayChoice } from '../../generated/TrayChoice'
import type { TrayEntry } from '../../generated/TrayEntry'
import type { FakeCalls } from './index'

/** What a desk says of sync while its book works alone. */
export const aloneState = (): SyncState => ({
  phase: 'alone', server: '', device_name: '', device: 0, mode: 'auto', window: { from: 0, to: 0 }, paused: false, sent: 0, to_send: 0, pulled: 0, remaining: 0,
  bytes_up: 0, bytes_down: 0, unsettled_ops: 0, open_cases: 0, tray: 0, codes_left: 0, agreed_ms: 0, next_try_ms: 0, problem: null, remedy: null, clock_skew_ms: 0,
})

const HOUR_ms = 3_600_000
const at = (hours: number): number => Date.UTC(2026, 10, 20, 6) - hours * HOUR_ms
const shown = (value: string | number | null, text = String(value ?? '')) => ({ value, text })
const yuan = (value: number) => ({ value, text: (value / 100).toFixed(2) })

const UNIT = { code: '219001', name: '羊八井镇财政所' }
const record = (entity: string, entity_label: string, label: string): ShownRecord => ({ entity, entity_label, id: `${entity}-1`, label, unit: UNIT, alive: true, deleted: null })
const LINE = record('budget_line', '年度预算', '农村公路养护 · 公路养护 · 一般公共预算资金')
const LONG = record('project', '项目库', '高海拔地区农村公路安全生命防护工程及桥涵水毁修复、附属设施改造提升（2026—2028 年，含冬季除冰除雪）项目')
const TIBETAN = record('project', '项目库', 'གྲོང་གསེབ་གཞུང་ལམ་ཉམས་གསོ། 农村公路养护')
const AMOUNT: ShownField = { name: 'apply_up', label: '申报数', kind: 'money' }
const FUNC: ShownField = { name: 'exp_func', label: '支出功能分类科目', kind: 'code', set: 'func', leaf: true }
const NAME: ShownField = { name: 'pro_name', label: '项目名称', kind: 'text', max: 200 }
const DESC: ShownField = { name: 'pro_desc', label: '项目概述', kind: 'text', max: 2000, multiline: true }

const one = (id: string, of: ShownRecord, field: ShownField, values: [Case['base'], Case['base'], Case['base']]): Case => ({
  id, record: of, field, money: field.kind === 'money', base: values[0], theirs: values[1], proposed: values[2], current: values[1], theirs_by: '扎西（县财政局预算股）', theirs_at_ms: at(2),
  proposed_by: '次仁卓玛', mine: true, proposed_at_ms: at(6), basis: '导入 2026年项目表（二上）.xlsx', decided: false, choice: null, decided_value: shown(null), reason: '', decided_by: '', decided_at_ms: 0,
})

const seedCases = (): Case[] => [
  one('c1', LINE, AMOUNT, [yuan(400_000_000), yuan(420_000_000), yuan(450_000_000)]),
  one('c2', LONG, NAME, [shown('农村公路安全防护工程'), shown('农村公路安全生命防护工程'), shown('农村公路安全防护及桥涵水毁修复工程')]),
  one('c3', TIBETAN, NAME, [shown('གྲོང་གསེབ་གཞུང་ལམ་ཉམས་གསོ།'), shown('གྲོང་གསེབ་གཞུང་ལམ་བཟོ་བཅོས།'), shown('གྲོང་གསེབ་གཞུང་ལམ་ཉམས་གསོ་དང་བཟོ་བཅོས།')]),
  one('c4', LINE, FUNC, [shown(null), shown('2140106', '2140106 公路养护'), shown('2140104', '2140104 公路建设')]),
  one('c5', LONG, DESC, [shown('含桥涵。'), shown('含桥涵；2026 年完成全部主体工程，2027 年完成附属设施。'), shown('含桥涵和排水；2026 年完成 60%，其余 2028 年底前完成。')]),
]

const line = (id: string, group: string, more: Partial<TrayEntry>): TrayEntry => ({
  id, group, label: '导入 2026年项目表（二上）.xlsx', actor: '次仁卓玛', at_ms: at(8), record: LINE, verb: 'edit', fields: [], why: 'stale', field: null, message: '', restored: false, since_ms: at(1), editable: true, ...more,
})

const seedTray = (): TrayEntry[] => [
  line('t1', 'g1', {
    record: LONG, verb: 'create', why: 'in_use', field: 'pro_code', message: '“项目代码”410823261010000000001 已被“县道改造”使用，请改用 410823261010000000017',
    fields: [
      { field: { name: 'pro_code', label: '项目代码', kind: 'text', max: 30 }, from: shown(null), to: shown('410823261010000000001'), current: shown(null) },
      { field: NAME, from: shown(null), to: shown('高海拔地区农村公路安全生命防护工程及桥涵水毁修复、附属设施改造提升'), current: shown(null) },
      { field: { name: 'pro_total_amt', label: '项目总额', kind: 'money' }, from: shown(null), to: yuan(1_250_000_000), current: shown(null) },
    ],
  }),
  line('t2', 'g1', { why: 'held', message: '同一操作的其他更改未被采纳，这一项因此也没有生效', fields: [{ field: AMOUNT, from: yuan(400_000_000), to: yuan(450_000_000), current: yuan(400_000_000) }] }),
  line('t3', 'g2', { label: '提交审核', at_ms: at(5), why: 'stale', field: 'apply_link', message: '“申报环节”已由县财政局退回，请看过意见后再提交', fields: [{ field: { name: 'apply_link', label: '申报环节', kind: 'code', set: 'apply_link', leaf: true }, from: shown('1', '1 单位填报'), to: shown('2', '2 部门审核'), current: shown('1', '1 单位填报') }] }),
  line('t4', 'g3', { label: '删除一行', at_ms: at(4), record: TIBETAN, verb: 'delete', why: 'in_use', message: '仍有 3 条年度预算引用这个项目', editable: false }),
  line('t5', 'g4', {
    label: '修改“项目总额”', at_ms: at(3), record: { ...LONG, id: 'gone', alive: false, deleted: { by: '扎西（县财政局预算股）', at_ms: at(2) } }, message: '项目库已删除，不能再修改；请先恢复',
    fields: [{ field: { name: 'pro_total_amt', label: '项目总额', kind: 'money' }, from: yuan(1_250_000_000), to: yuan(1_300_000_000), current: yuan(1_250_000_000) }],
  }),
]

/** What the desk answers of such a tray. */
export function trayOf(entries: readonly TrayEntry[], limit = entries.length): Tray {
  const groups: Record<string, number> = {}
  entries.forEach(({ group }) => (groups[group] = (groups[group] ?? 0) + 1))
  return { items: entries.slice(0, limit), total: entries.length, groups }
}

export function syncCalls(seeded: boolean): FakeCalls {
  let cases = seeded ? seedCases() : []
  const decided: Case[] = []
  let tray = seeded ? seedTray() : []
  let wishes: Pick<SyncState, 'mode' | 'window' | 'paused'> = { mode: 'auto', window: { from: 720, to: 840 }, paused: false }
  const applied = (label: string) => ({ label, ops: 1, created: [], rows: {}, changes: 1, saved_at_ms: Date.now() })
  const state = (): SyncState => (!seeded ? aloneState() : {
    ...aloneState(), ...wishes, phase: wishes.paused ? 'paused' : 'offline', server: 'https://ysgl.xz.example.gov.cn:8443', device_name: '羊八井镇财政所一号机', device: 41, unsettled_ops: 17,
    agreed_ms: at(20), next_try_ms: Date.now() + 240_000, bytes_up: 12_480, bytes_down: 3_072, open_cases: cases.length, tray: tray.length, problem: '连不上平台：网络不通', clock_skew_ms: -7 * 60_000,
  })
  return {
    sync_state: state,
    sync_now: () => ({}),
    sync_pause: ({ paused }: { paused: boolean }) => ((wishes = { ...wishes, paused }), {}),
    sync_mode: ({ mode, window }: { mode: SyncState['mode']; window: SyncState['window'] }) => ((wishes = { ...wishes, mode, window }), {}),
    cases: ({ open }: { open: boolean }) => ({ total: (open ? cases : decided).length, items: open ? cases : decided }),
    decide_cases: ({ decisions }: { decisions: { case: string; choice: Case['choice']; reason: string; value?: string }[] }) => {
      for (const { case: id, choice, reason, value } of decisions) {
        const found = cases.find((item) => item.id === id)!
        const chosen = choice === 'keep' ? found.theirs : choice === 'take' ? found.proposed : shown(value ?? null)
        decided.unshift({ ...found, decided: true, choice, reason, decided_value: chosen, decided_by: '次仁卓玛', decided_at_ms: Date.now() })
        cases = cases.filter((item) => item.id !== id)
      }
      return applied('裁决')
    },
    tray: ({ limit }: { limit: number }) => trayOf(tray, limit),
    tray_resend: ({ ids, groups }: TrayChoice) => ((tray = tray.filter(({ id, group }) => !ids.includes(id) && !groups.includes(group))), applied('重新上报')),
    tray_drop: ({ ids, groups }: TrayChoice) => ((tray = tray.filter(({ id, group }) => !ids.includes(id) && !groups.includes(group))), {}),
  } as FakeCalls
}
