// The desktop window's door: one command for every call, one for the system's file dialog.
import { invoke } from '@tauri-apps/api/core'
import type { ChosenFile, Door } from './door'

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path

async function pick(wish: Record<string, unknown>): Promise<ChosenFile | null> {
  const path = await invoke<string | null>('pick_file', { request: wish })
  return path === null ? null : { path, name: nameOf(path) }
}

export const tauriDoor: Door = {
  native: true,
  call: (name, request) => invoke('call', { name, body: request }),
  chooseFile: ({ title, extensions }) => pick({ title, extensions, what: 'open', suggested: '' }),
  takeFile: () => Promise.reject(new Error('请用“选择文件”')),
  chooseTarget: ({ title, extensions, suggested }) => pick({ title, extensions, what: 'save', suggested }),
  chooseFolder: async (title) => (await pick({ title, extensions: [], what: 'folder', suggested: '' }))?.path ?? null,
  deliver: () => Promise.resolve(),
}
