// Where the web UI begins: preferences before the first paint, the door to the desk, then the shell.
import { createApp } from 'vue'
import { openDoor } from './backend'
import { restorePreferences } from './features/common/settings'
import { followPreferences } from './kit/preferences'
import App from './shell/App.vue'
import './kit/theme.css'
import './kit/kit.css'
import './shell/shell.css'

restorePreferences()
followPreferences()
// For looking at the screens without the program: `npm run dev`, then open /?fake. Never in a build.
if (import.meta.env.DEV && new URLSearchParams(location.search).has('fake')) {
  const { fakeDoor } = await import('./backend/fake')
  openDoor(await fakeDoor(new URLSearchParams(location.search)))
} else {
  openDoor()
}
createApp(App).mount('#app')
