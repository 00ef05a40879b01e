import { load, save, push, pull } from './sync.js';
import { h, escapeHtml } from './dom.js';

const list = document.querySelector('#items');
const shared = document.querySelector('#shared');
let items = load();

function itemTemplate(item) {
  return `<li data-id="${item.id}"><label><input type="checkbox"> ${item.text}</label></li>`;
}

function render() {
  list.innerHTML = items.map(itemTemplate).join('');
  if (items.length === 0) list.innerHTML = `<li class="empty">Nothing to buy</li>`;
}

function renderShared(people) {
  shared.replaceChildren(...people.map((p) => h('span', { class: 'person' }, p.name)));
  shared.insertAdjacentHTML('afterbegin', `<h2>${people.length} people</h2>`);
}

// TODO authors of items in another colour
function toast(text) {
  const el = document.createElement('div');
  el.className = 'toast';
  el.textContent = text;
  document.body.append(el);
  setTimeout(() => el.remove(), 3000);
}

function showError(err) {
  document.querySelector('#items').insertAdjacentHTML('beforebegin', '<p class="error">' + err.message + '</p>');
}

function preview(note) {
  shared.outerHTML = `<section id="shared"><p>${note.text}</p></section>`;
}

function badge(text) {
  shared.innerHTML = `<b>${escapeHtml(text)}</b>`;
}

document.querySelector('#add').addEventListener('submit', async (e) => {
  e.preventDefault();
  const input = document.querySelector('#what');
  items.push({ id: crypto.randomUUID(), text: input.value });
  input.value = '';
  save(items);
  render();
  try {
    await push(items);
  } catch (err) {
    showError(err);
  }
});

navigator.serviceWorker?.addEventListener('message', (event) => {
  if (event.data.kind === 'note') preview(event.data.note);
  if (event.data.kind === 'badge') badge(event.data.text);
});

render();
pull().then(({ people, list: remote }) => {
  items = remote;
  save(items);
  render();
  renderShared(people);
  toast(`list has ${remote.length} entries`);
}, showError);
