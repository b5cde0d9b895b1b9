// A call that failed, as an exception: `message` is Chinese and for people, `code` is what a caller
// branches on, `field` the field of the record to look at.
import type { CallError } from '../generated/CallError'
import type { CallErrorCode } from '../generated/CallErrorCode'

export class CallFailure extends Error {
  readonly code: CallErrorCode
  readonly field: string | null

  constructor({ code, message, field }: CallError) {
    super(message)
    this.name = 'CallFailure'
    this.code = code
    this.field = field
  }
}

const isCallError = (thrown: unknown): thrown is CallError =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown

/** Whatever a door rejected with, as a CallFailure; `lost` says what to tell when it is not from the desk. */
export function asFailure(thrown: unknown, lost: string): CallFailure {
  if (thrown instanceof CallFailure) return thrown
  if (isCallError(thrown)) return new CallFailure(thrown)
  return new CallFailure({ code: 'io', message: lost, field: null })
}

/** The sentence for a toast, whatever was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

export const isFailure = (thrown: unknown, code: CallErrorCode): thrown is CallFailure =>
  thrown instanceof CallFailure && thrown.code === code
