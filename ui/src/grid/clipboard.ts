// Text tables as Excel and WPS put them on the clipboard: cells by tab, rows by line break, and a
// cell that holds a tab, a line break or a quote is wrapped in quotes with inner quotes doubled.
// Only text/plain is read: WPS's text/html is not dependable.

/** The end of a quoted cell that opens at `start`, and its content; undefined when it never closes. */
function readQuoted(text: string, start: number): { cell: string; next: number } | undefined {
  let cell = ''
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return undefined
    cell += text.slice(from, quote)
    if (text[quote + 1] !== '"') return { cell, next: quote + 1 }
    cell += '"'
    from = quote + 2
  }
}

/** Only a quote that closes right before a separator was a wrapper; '"甲" 项目' is plain text. */
const endsCell = (text: string, at: number): boolean => at >= text.length || text[at] === '\t' || text[at] === '\n'

/** Clipboard text to rows of cells. One trailing line break belongs to the format, not to the data. */
export function parseTsv(clipboard: string): string[][] {
  const text = clipboard.replace(/\r\n?/g, '\n').replace(/\n$/, '')
  const rows: string[][] = [[]]
  let at = 0
  for (;;) {
    const quoted = text[at] === '"' ? readQuoted(text, at) : undefined
    let cell: string
    if (quoted && endsCell(text, quoted.next)) {
      cell = quoted.cell
      at = quoted.next
    } else {
      let end = at
      while (!endsCell(text, end)) end++
      cell = text.slice(at, end)
      at = end
    }
    rows.at(-1)!.push(cell)
    if (at >= text.length) return rows
    if (text[at] === '\n') rows.push([])
    at++
  }
}

const quote = (cell: string): string => (/[\t\n\r"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

/** Rows of cells to clipboard text. */
export function toTsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(quote).join('\t')).join('\r\n')
}
