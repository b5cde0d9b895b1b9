// The loopback door: POST /api/call/<name> with the token that came in the page's address. The token
// is taken out of the address at once, so that it is not seen in the window's title or its history.
import type { ChosenFile, Door, FileWish, SaveWish } from './door'

const TOKEN_KEY = 'suanpan.token'

/** The token of this page: from the address the first time, then from the tab's own memory. */
export function takeToken(): string {
  const address = new URL(location.href)
  const given = address.searchParams.get('token')
  if (given === null) return sessionStorage.getItem(TOKEN_KEY) ?? ''
  sessionStorage.setItem(TOKEN_KEY, given)
  address.searchParams.delete('token')
  history.replaceState(null, '', address)
  return given
}

/** Opens the browser's own file chooser. Without a choice nothing comes back until the next attempt. */
function askBrowser({ extensions }: FileWish): Promise<File | null> {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = extensions.map((extension) => `.${extension}`).join(',')
  return new Promise((resolve) => {
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null))
    input.addEventListener('cancel', () => resolve(null))
    input.click()
  })
}

export function httpDoor(token: string): Door {
  async function post(path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(`./api/${path}`, { method: 'POST', body, headers: { 'x-suanpan-token': token, ...headers } })
    if (response.ok) return response
    throw await response.json()
  }

  async function upload(content: Blob, name: string): Promise<ChosenFile> {
    // Only the ending of the name travels: header values cannot carry Chinese.
    const ending = /\.[0-9A-Za-z]+$/.exec(name)?.[0] ?? ''
    const response = await post('upload', content, { 'x-file-name': `file${ending}` })
    const { path } = (await response.json()) as { path: string }
    return { path, name }
  }

  return {
    native: false,
    async call(name, request) {
      const response = await post(`call/${name}`, JSON.stringify(request), { 'content-type': 'application/json' })
      return response.json()
    },
    async chooseFile(wish: FileWish) {
      const file = await askBrowser(wish)
      return file && upload(file, file.name)
    },
    takeFile: (file) => upload(file, file.name),
    // An empty upload reserves a place that the desk may write to and this page may read from.
    chooseTarget: ({ suggested }: SaveWish) => upload(new Blob([]), suggested),
    chooseFolder: () => Promise.resolve(null),
    async deliver({ path, name }) {
      const response = await post('download', JSON.stringify({ path }), { 'content-type': 'application/json' })
      const link = document.createElement('a')
      link.href = URL.createObjectURL(await response.blob())
      link.download = name
      link.click()
      URL.revokeObjectURL(link.href)
    },
  }
}
