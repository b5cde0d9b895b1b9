// Where a new book is kept: from a name to a file, and from what was typed to a whole path. Pure.

const ENDING = '.book'

/** Both kinds of separators are understood; the folder's own is used for joining. */
const separatorOf = (folder: string): string => (folder.includes('\\') ? '\\' : '/')

const isWhole = (path: string): boolean => /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path)

/** A name without what file systems do not take. */
export const fileName = (name: string): string => name.trim().replace(/[\\/:*?"<>|]+/g, '-')

/** The file suggested for a book called `name`; '' while there is no name. */
export function suggestedPath(folder: string, name: string): string {
  const file = fileName(name)
  if (file === '') return ''
  return folder === '' ? `${file}${ENDING}` : `${folder}${separatorOf(folder)}${file}${ENDING}`
}

/** What was typed as a whole path: a bare name lies in `folder`, a missing ending is added. */
export function wholePath(typed: string, folder: string): string {
  const text = typed.trim()
  if (text === '') return ''
  const path = isWhole(text) || folder === '' ? text : `${folder}${separatorOf(folder)}${text}`
  return /\.[0-9A-Za-z]+$/.test(path) ? path : path + ENDING
}
