// Where the web UI begins: preferences before the first paint, then the shell.
import { createApp } from 'vue'
import { followPreferences } from './kit/preferences'
import App from './shell/App.vue'
import './kit/theme.css'
import './kit/kit.css'

followPreferences()
createApp(App).mount('#app')
