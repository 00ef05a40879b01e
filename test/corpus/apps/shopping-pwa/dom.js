export function h(tag, attrs = {}, ...children) {
  const el = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs)) el.setAttribute(k, v);
  el.append(...children);
  return el;
}

const node = document.createElement('div');
export function escapeHtml(s) {
  node.textContent = s;
  return node.innerHTML;
}
