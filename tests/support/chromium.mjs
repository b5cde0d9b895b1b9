// How every test starts Chromium: the browser of the distribution, quiet, and without a sandbox because CI is root.

export const CHROMIUM = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium'

export const CHROMIUM_FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps',
]
