import { beforeEach, describe, expect, it } from 'vitest'
import { openDoor } from '../backend'
import { fakeDoor, type FakeDoor } from '../backend/fake'
import type { FieldDef } from '../generated/FieldDef'
import { codeItems, codeText, exactOption, forgetChoices, referenceText, resolveFor, shortReference, suggestFor } from './choices'

const option = (code: string, name: string) => ({ value: code, code, name })
const agency: FieldDef = { name: 'agency', kind: 'reference', entity: 'agency', element: '', label: { zh: '单位', en: 'Unit' }, sync: 'reference' }
const eco: FieldDef = { name: 'gov_eco', kind: 'code', set: 'gov_eco', leaf: true, element: '', label: { zh: '经济', en: 'Eco' }, sync: 'code' }

let door: FakeDoor
beforeEach(async () => {
  door = await fakeDoor()
  openDoor(door)
  forgetChoices()
})

describe('what a pasted text means', () => {
  const options = [option('2010101', '行政运行'), option('2010201', '行政运行'), option('2010102', '机关服务')]

  it('is the option of that code, with or without its name, on either side', () => {
    for (const text of ['2010101', '2010101 行政运行', '2010101-行政运行', '行政运行 2010101']) expect(exactOption(options, text)?.code).toBe('2010101')
  })

  it('is the option of that name when there is only one', () => {
    expect(exactOption(options, '机关服务')?.code).toBe('2010102')
    expect(exactOption(options, '行政运行')).toBeNull()
  })

  it('is nothing when nothing fits exactly', () => {
    expect(exactOption(options, '20101')).toBeNull()
    expect(exactOption(options, '机关')).toBeNull()
  })
})

describe('references in words', () => {
  it('show the code first, unless it is so long that it hides the name', () => {
    expect(referenceText({ code: '219', name: '圪垱店镇' })).toBe('219 圪垱店镇')
    expect(referenceText({ code: '410823260000000001000', name: '公路养护' })).toBe('公路养护 410823260000000001000')
    expect(shortReference({ code: '410823260000000001000', name: '公路养护' })).toBe('公路养护')
    expect(shortReference({ code: '219', name: '圪垱店镇' })).toBe('219 圪垱店镇')
  })
})

describe('choices', () => {
  it('of a code field are its leaves when it must be a leaf', async () => {
    const found = await suggestFor(eco, '502', 2026)
    expect(found.length).toBeGreaterThan(0)
    expect(found.every((item) => item.code.length === 5)).toBe(true)
  })

  it('of many different references are read in one call', async () => {
    const texts = ['219', '财政所', '219002', '卫生院', '中心小学', '219001', '没有的单位']
    const found = await resolveFor(agency, texts, 2026)
    expect(found.map((item) => item?.name)).toEqual(['圪垱店镇', '财政所', '农业综合服务中心', '卫生院', '中心小学', '财政所', undefined])
    expect(door.asked.filter(({ name }) => name === 'reference_search')).toHaveLength(1)
  })

  it('know the names of codes after their set was read, once', async () => {
    expect(codeText('gov_eco', '50201')).toBe('50201')
    await codeItems('gov_eco')
    await codeItems('gov_eco')
    expect(codeText('gov_eco', '50201')).toBe('50201 办公经费')
    expect(door.asked.filter(({ name }) => name === 'code_tree')).toHaveLength(1)
  })
})
