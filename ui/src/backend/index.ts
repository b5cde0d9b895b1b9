// The only way to the desk. `call('rows_open', …)` is typed by the generated list of calls; a call that
// fails throws a CallFailure. Only this folder knows fetch or Tauri. Start here, then door.ts.
import { isTauri } from '@tauri-apps/api/core'
import type { Calls } from '../generated/Calls'
import type { ChosenFile, Door, FileWish, SaveWish } from './door'
import { asFailure } from './failure'
import { httpDoor, takeToken } from './http'
import { tauriDoor } from './tauri'

export { CallFailure, isFailure, messageOf } from './failure'
export { followJob, type Progress } from './jobs'
export type { ChosenFile, Door, FileWish, SaveWish } from './door'

export type CallName = keyof Calls
export type RequestOf<K extends CallName> = Calls[K]['request']
export type AnswerOf<K extends CallName> = Calls[K]['answer']

let door: Door | undefined

/** Opens the door this page has: the desktop window's when there is one, else the loopback host's. */
export function openDoor(other?: Door): Door {
  door = other ?? (isTauri() ? tauriDoor : httpDoor(takeToken()))
  return door
}

const LOST = '程序没有应答，请检查它是否还在运行；您的数据没有改动'

/** Asks the desk. Throws CallFailure. Nothing is ever retried here: a write might have happened. */
export async function call<K extends CallName>(name: K, request: RequestOf<K>): Promise<AnswerOf<K>> {
  try {
    return (await (door ?? openDoor()).call(name, request)) as AnswerOf<K>
  } catch (thrown) {
    throw asFailure(thrown, LOST)
  }
}

const failed = (thrown: unknown): never => {
  throw asFailure(thrown, thrown instanceof Error ? thrown.message : LOST)
}

export const files = {
  /** true: the system's own dialogs choose real places on this PC. */
  get native(): boolean {
    return (door ?? openDoor()).native
  },
  choose: (wish: FileWish): Promise<ChosenFile | null> => (door ?? openDoor()).chooseFile(wish).catch(failed),
  take: (file: File): Promise<ChosenFile> => (door ?? openDoor()).takeFile(file).catch(failed),
  target: (wish: SaveWish): Promise<ChosenFile | null> => (door ?? openDoor()).chooseTarget(wish).catch(failed),
  /** Only where `native`. */
  folder: (title: string): Promise<string | null> => (door ?? openDoor()).chooseFolder(title).catch(failed),
  deliver: (file: ChosenFile): Promise<void> => (door ?? openDoor()).deliver(file).catch(failed),
}
