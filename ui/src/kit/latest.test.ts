// Of questions that overlap only the last one's answer counts, however late an earlier one comes.
import { expect, it } from 'vitest'
import { latest } from '.'

it('an answer counts until the next question is asked, and questions of others do not matter', () => {
  const [ask, another] = [latest(), latest()]
  const isFirst = ask()
  another()
  expect(isFirst()).toBe(true)
  const isSecond = ask()
  expect([isFirst(), isSecond()]).toEqual([false, true])
})
