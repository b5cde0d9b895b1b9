// A small township for tests and for looking at: five units, ten projects, their budget lines and a few
// allotments. The same every time.
import type { FakeBook, FakeRecord } from './book'

const YEAR = 2026
const PROJECTS = ['农村公路养护', '村级组织经费', '人居环境整治', '乡镇机关运转', '防汛抗旱', '义务教育营养改善', '高标准农田建设', '文化站免费开放', '病虫害统防统治', '小型水利设施维修']
const UNITS = ['圪垱店镇', '财政所', '农业综合服务中心', '卫生院', '中心小学']

export function seed(book: FakeBook, rows: number): void {
  const units = UNITS.map((name, index) => addUnit(book, name, index))
  for (const unit of units) unit.values.dept = units[0]!.id
  for (const unit of units.slice(1)) unit.values.parent = units[0]!.id
  const projects = PROJECTS.map((name, index) => addProject(book, name, index, units[index % units.length]!))
  projects.slice(0, 8).forEach((project, index) => addLine(book, project, index))
  projects.slice(0, 3).forEach((project, index) => addAllotment(book, project, index))
  for (let index = 0; index < rows; index++) addLine(book, projects[index % projects.length]!, index + 8)
  book.add('budget_book', YEAR, { code: '01', name: '一般公共预算', sort_no: 1, in_total: true, fund_types: '11' })
  book.add('budget_book', YEAR, { code: '02', name: '政府性基金预算', sort_no: 2, in_total: true, fund_types: '12' })
}

const addUnit = (book: FakeBook, name: string, index: number): FakeRecord => book.add('agency', YEAR, {
  agency_code: index === 0 ? '219' : `21900${index}`, agency_name: name, unifsoc_cred_code: `1141082300${index}0000000`, agency_type: '1',
  fund_guar: '1', mof_dep: '01', start_date: '2020-01-01', level_no: index === 0 ? 1 : 2, istown: true,
})

const addProject = (book: FakeBook, name: string, index: number, unit: FakeRecord): FakeRecord => book.add('project', YEAR, {
  pro_code: `41082326000000000${1000 + index}`, pro_name: name, pro_cat: index % 2 ? '31' : '22', agency: unit.id, dept: unit.values.dept ?? null,
  bgt_mof_dep: '01', manage_mof_dep: '01', exp_func: '2010301', setup_year: YEAR, pro_start_year: YEAR, end_year: YEAR, pro_total_amt: (index + 1) * 1_234_500,
  pro_desc: `${name}工作经费`, pro_bases: '县政府会议纪要', pro_operator: '王芳', pro_operator_tel: '0391-7200000',
})

const addLine = (book: FakeBook, project: FakeRecord, index: number): FakeRecord => book.add('budget_line', YEAR, {
  agency: project.values.agency ?? null, project: project.id, pro_kind: project.values.pro_cat ?? null, exp_func: '2010301', gov_eco: index === 3 ? null : '50201',
  dep_eco: '30201', fund_type: index % 4 === 3 ? '12' : '111', apply_up: (index + 1) * 1_000_050,
})

const addAllotment = (book: FakeBook, project: FakeRecord, index: number): FakeRecord => book.add('allotment', YEAR, {
  bgt_no: `2026-${String(index + 1).padStart(4, '0')}`, cor_bgt_doc_no: '武财预〔2026〕1号', doc_date: '2026-01-20', bgt_dec: String(project.values.pro_name),
  agency: project.values.agency ?? null, project: project.id, exp_func: '2010301', gov_eco: '50201', fund_type: '111', amount: (index + 1) * 5_000_000,
  manage_mof_dep: '01', bgt_mof_dep: '01',
})
