// About 500 functional-classification-like codes with their pinyin initials, so that the picker can
// be tried without a backend. Real initials are computed in Rust; here every part brings its own.
import type { Option } from '../src/grid/types'

const BODIES: [string, string][] = [
  ['20103', '政府办公厅'], ['20101', '人大事务'], ['20102', '政协事务'], ['20104', '发展与改革事务'], ['20105', '统计信息事务'],
  ['20106', '财政事务'], ['20107', '税收事务'], ['20108', '审计事务'], ['20111', '纪检监察事务'], ['20113', '商贸事务'],
  ['20129', '群众团体事务'], ['20131', '党委办公厅'], ['20132', '组织事务'], ['20133', '宣传事务'], ['20134', '统战事务'],
  ['20138', '市场监督管理事务'], ['20402', '公安'], ['20406', '司法'], ['20501', '教育管理事务'], ['20601', '科学技术管理事务'],
  ['20701', '文化和旅游'], ['20801', '人力资源和社会保障'], ['21001', '卫生健康管理'], ['21301', '农业农村'], ['21401', '公路水路运输'],
]
const ITEMS: [string, string, string][] = [
  ['01', '行政运行', 'xzyx'], ['02', '一般行政管理事务', 'ybxzglsw'], ['03', '机关服务', 'jgfw'], ['04', '专项服务', 'zxfw'],
  ['05', '专项业务活动', 'zxywhd'], ['06', '公路养护', 'glyh'], ['07', '信访事务', 'xfsw'], ['08', '参事事务', 'cssw'],
  ['09', '信息化建设', 'xxhjs'], ['10', '政务公开审批', 'zwgksp'], ['11', '小学教育', 'xxjy'], ['12', '乡镇卫生院', 'xzwsy'],
  ['13', '群众文化', 'qzwh'], ['14', '生态保护', 'stbh'], ['15', '村级组织补助', 'cjzzbz'], ['16', '农村社会事业', 'ncshsy'],
  ['17', '防汛抗旱', 'fxkh'], ['18', '病虫害控制', 'bchkz'], ['50', '事业运行', 'syyx'], ['99', '其他支出', 'qtzc'],
]

export const codes: Option[] = BODIES.flatMap(([body, bodyName]) =>
  ITEMS.map(([item, name, initials]) => ({ value: body + item, code: body + item, name, hint: `${initials} · ${bodyName}` })))

/** Best first: code prefix, name, then initials. */
export function searchCodes(query: string): Option[] {
  const wanted = query.toLowerCase()
  if (wanted === '') return codes.slice(0, 50)
  const hits = codes.filter(({ code, name, hint }) => code.startsWith(wanted) || name.includes(wanted) || hint!.startsWith(wanted))
  return hits.slice(0, 50)
}
