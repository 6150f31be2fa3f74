import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The gateway that the development server hands the API to. */
const gateway = process.env.GATEWAY ?? 'http://localhost:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // The Content-Security-Policy knows no inline scripts; small assets are cached on their own.
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/sandbox', '/branding'].map((path) => [
        path,
        { target: gateway, ws: path === '/graphql', changeOrigin: true, headers: { origin: gateway } },
      ]),
    ),
  },
});
