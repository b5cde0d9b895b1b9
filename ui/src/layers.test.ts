// The one-way rule between the folders of src/, and the walls around what may touch the outside.
// The table below is the rule; README.md explains it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Each layer and what it may import. kit, fields and grid know no business noun, so no contract types either. */
const MAY_IMPORT: Record<string, string[]> = {
  generated: [],
  backend: ['generated'],
  kit: [],
  words: ['kit'],
  fields: ['kit'],
  grid: ['kit', 'fields'],
  form: ['generated', 'backend', 'kit', 'words', 'fields', 'grid'],
  features: ['generated', 'backend', 'kit', 'words', 'fields', 'grid', 'form'],
  shell: ['generated', 'backend', 'kit', 'words', 'fields', 'grid', 'form', 'features'],
}

interface Import {
  file: string
  layer: string
  target: string
}

const files = readdirSync('src', { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && /\.(ts|vue)$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
  .map((entry) => posix.join(entry.parentPath.replaceAll('\\', '/'), entry.name))

const layerOf = (path: string): string => posix.relative('src', path).split('/')[0]!

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(file, 'utf8')
  const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]!)
  return targets.map((target) => ({ file, layer: layerOf(file), target }))
})

/** The layer an import leads to; undefined for packages. */
function targetLayer({ file, target }: Import): string | undefined {
  if (target.startsWith('@/')) return target.split('/')[1]
  if (!target.startsWith('.')) return undefined
  return layerOf(posix.join(dirname(file), target))
}

describe('layers', () => {
  it('there are no folders beside the layers', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    expect(folders.filter((name) => !(name in MAY_IMPORT))).toEqual([])
  })

  it('imports go one way only', () => {
    const wrong = imports.filter((item) => {
      const to = targetLayer(item)
      return item.layer in MAY_IMPORT && to !== undefined && to !== item.layer && !MAY_IMPORT[item.layer]!.includes(to)
    })
    expect(wrong).toEqual([])
  })

  it('every relative import leads to a file', () => {
    const lost = imports.filter(({ target }) => target.startsWith('.') && !/\.(json|css)$/.test(target)).filter(({ file, target }) => {
      const path = join(dirname(file), target)
      return !['', '.ts', '.vue', '.d.ts', '/index.ts'].some((end) => existsSync(path + end))
    })
    expect(lost).toEqual([])
  })

  it('only backend/ talks to the outside', () => {
    const outside = /\bfetch\s*\(|XMLHttpRequest|WebSocket|EventSource|__TAURI|@tauri-apps|navigator\.(?:clipboard|sendBeacon)/
    const code = (text: string): string => text.replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, '')
    const guilty = files.filter((file) => layerOf(file) !== 'backend' && outside.test(code(readFileSync(file, 'utf8'))))
    expect(guilty).toEqual([])
  })

  it('Element Plus comes in by name through kit/element.ts, and nowhere as a whole', () => {
    expect(imports.filter(({ file, target }) => target.startsWith('element-plus') && file !== 'src/kit/element.ts')).toEqual([])
  })
})
