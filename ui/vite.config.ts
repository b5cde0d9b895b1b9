// How the web UI is built and tested. One entry (index.html); grid-lab.html is served by the
// development server and by the grid's own tests, and never ships unless SUANPAN_LAB is set.
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const lab = process.env.SUANPAN_LAB === '1'

export default defineConfig({
  plugins: [vue()],
  // Relative addresses: the same files are served by Tauri's own scheme and by the loopback host.
  base: './',
  resolve: { alias: { '@': at('./src') } },
  // The desk in memory (backend/fake) reads the repository's documents and code sets.
  server: { fs: { allow: ['..'] } },
  build: {
    // The last WebView2 that runs on Windows 7/8.1, and the Safari level of WebKitGTK 2.36.
    target: ['chrome109', 'safari16'],
    outDir: lab ? 'dist-lab' : 'dist',
    rolldownOptions: { input: lab ? at('./grid-lab.html') : at('./index.html') },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
  },
})
