// A disk whose every fsync takes 300 ms longer, for one folder: the shim of the tests (tests/rigs/powercut/shim.c).

import { execFileSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { REPO } from '../tests/support/artefacts.mjs'

const DELAY_ms = 300

/** The environment of a program that meets this disk in `folder`, which must exist. */
export function slowDisk(folder) {
  const real = realpathSync(folder)
  const library = join(real, 'shim.so')
  const source = join(REPO, 'tests', 'rigs', 'powercut', 'shim.c')
  execFileSync('cc', ['-std=gnu11', '-O1', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread'])
  return { LD_PRELOAD: library, SUANPAN_DISK_DIR: real, SUANPAN_DISK_FSYNC_MS: String(DELAY_ms) }
}
