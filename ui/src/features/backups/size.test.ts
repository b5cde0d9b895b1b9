import { expect, it } from 'vitest'
import { sizeText } from './size'

it('sizes have a unit a person knows and no more digits than needed', () => {
  expect([0, 999, 1536, 372_000, 25_944_064, 5e9, 5e13].map(sizeText)).toEqual(['0 B', '999 B', '1.5 KB', '363 KB', '25 MB', '4.7 GB', '46566 GB'])
})
