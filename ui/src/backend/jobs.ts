// Long work: a call starts a job, this follows it to its end. Asking is cheap, so it is asked often at
// first and less often later; the answer of a finished job can be read once only.
import type { JobStarted } from '../generated/JobStarted'
import type { JobState } from '../generated/JobState'
import { call } from './index'
import { CallFailure } from './failure'

/** `all` is null while the amount of work is not known. */
export interface Progress {
  label: string
  done: number
  all: number | null
  /** Whole seconds still to go; null while nobody can say. */
  secondsLeft: number | null
}

const FIRST_WAIT_ms = 60
const LONGEST_WAIT_ms = 400

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export function progressOf({ label, done, all }: JobState, elapsed_ms: number): Progress {
  if (all === 0) return { label, done, all: null, secondsLeft: null }
  const left = done === 0 || elapsed_ms < 500 ? null : Math.ceil((elapsed_ms / done) * (all - done) / 1000)
  return { label, done, all, secondsLeft: left }
}

/** The job's result. Throws CallFailure when it failed or was stopped by `stop.aborted`. */
export async function followJob<T>({ job }: JobStarted, onProgress: (progress: Progress) => void, stop?: AbortSignal): Promise<T> {
  const began = Date.now()
  const cancel = (): void => void call('job_cancel', { job }).catch(() => undefined)
  stop?.addEventListener('abort', cancel)
  try {
    for (let pause = FIRST_WAIT_ms; ; pause = Math.min(LONGEST_WAIT_ms, pause * 1.5)) {
      const state = await call('job', { job })
      if (state.error) throw new CallFailure(state.error)
      if (state.finished) return state.result as T
      onProgress(progressOf(state, Date.now() - began))
      await wait(pause)
    }
  } finally {
    stop?.removeEventListener('abort', cancel)
  }
}
