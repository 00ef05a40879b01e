'use strict';
const list = document.getElementById('list');
const shared = document.getElementById('shared');

const escape = (s) => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

function render() {
  list.replaceChildren();
  for (const habit of Store.read()) {
    const item = document.createElement('li');
    item.innerHTML = `<b>${escape(habit.name)}</b> <small>${Number(habit.days)}</small>`;
    const button = document.createElement('button');
    button.textContent = 'Done';
    button.onclick = () => done(habit.name);
    item.append(button);
    list.append(item);
  }
}

function done(name) {
  const habits = Store.read().map((h) => (h.name === name ? { ...h, days: h.days + 1 } : h));
  Store.write(habits);
  render();
  const toast = document.createElement('div');
  toast.insertAdjacentHTML('beforeend', `<p>Well done: ${name}</p>`);
  document.body.append(toast);
}

document.getElementById('add').addEventListener('submit', (event) => {
  event.preventDefault();
  Store.write([...Store.read(), { name: document.getElementById('name').value, days: 0 }]);
  render();
});

async function pull() {
  const answer = await fetch('/sync/list', { headers: { authorization: Store.token() } });
  const habits = await answer.json();
  shared.outerHTML = '<div id="shared">' + habits.map((h) => h.name).join('<br>') + '</div>';
}

window.addEventListener('online', () => pull().catch((err) => {
  document.title = 'Habits (offline)';
  console.warn('pull', err);
}));

if ('serviceWorker' in navigator) navigator.serviceWorker.register('sw.js');
list.insertAdjacentHTML('afterend', '<hr>');
render();
