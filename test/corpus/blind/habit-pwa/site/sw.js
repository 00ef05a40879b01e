const CACHE = 'habits-7';
const FILES = ['./', 'index.html', 'js/app.js', 'js/store.js', 'manifest.webmanifest'];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((keys) => Promise.all(keys.filter((k) => k !== CACHE).map((k) => caches.delete(k)))));
});

self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET' || event.request.url.includes('/sync/')) return;
  event.respondWith(caches.match(event.request).then((hit) => hit || fetch(event.request)));
});
