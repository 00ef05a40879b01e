const box = document.querySelector('#links');
const tip = document.querySelector('#tip');

async function refresh(owner) {
  const links = await (await fetch(`/api/links/${encodeURIComponent(owner)}`)).json();
  box.innerHTML = '';
  for (const link of links) {
    const row = document.createElement('tr');
    row.innerHTML = `<td>${link.code}</td><td>${link.target}</td>`;
    box.append(row);
  }
  tip.innerHTML = `<b>${links.length}</b> links`;
}

window.addEventListener('hashchange', () => {
  tip.textContent = decodeURIComponent(location.hash.slice(1));
});

refresh('me');
