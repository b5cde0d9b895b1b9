/**
 * For questions that are asked again before the last one was answered. Called when one is asked; what it returns says
 * whether no later one was asked since, which makes the answer count.
 */
export function latest(): () => () => boolean {
  let asked = 0
  return () => {
    const mine = ++asked
    return () => mine === asked
  }
}
