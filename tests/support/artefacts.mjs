// Where the tests find the programs and where they leave pictures and logs. Nothing else.

import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const REPO = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const TARGET = process.env.CARGO_TARGET_DIR ?? join(homedir(), '.cache', 'suanpan', 'target')

/** A folder for what a run leaves for whoever looks afterwards. */
export function artefacts(name) {
  const folder = join(TARGET, 'test-artefacts', name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** The path of a built program; `variable` in the environment overrides it. */
export function program(name, variable) {
  const path = process.env[variable] ?? join(TARGET, 'debug', name)
  if (!existsSync(path)) throw new Error(`${path} is not built: run \`make test\`, or cargo build and set ${variable}`)
  return path
}

export const suanpan = () => program('suanpan', 'SUANPAN_BIN')
export const suanpanDesktop = () => program('suanpan-desktop', 'SUANPAN_DESKTOP_BIN')
export const tauriDriver = () => process.env.TAURI_DRIVER ?? join(homedir(), '.cache', 'suanpan', 'tools', 'bin', 'tauri-driver')
