// Nodes. Everything on the page is made of elements and text, never of markup, so that no message can bring code.

export const $ = (id) => document.getElementById(id);

// el makes an element. on holds listeners, style CSS properties; attributes that are undefined, null or false are left out.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (name === "style") for (const [property, v] of Object.entries(value)) node.style.setProperty(property, v);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...some(children));
  return node;
}

// some is a list without what is not there.
export const some = (list) => list.filter((c) => c !== null && c !== undefined && c !== false && c !== "");

let names = 0;
// fresh is an id that no other node has.
export const fresh = (kind) => `${kind}-${++names}`;

const drawnAs = new WeakMap(); // node → key of what it shows

function focusIn(node) {
  return node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
}
function focusOn(node, key) {
  if (key) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

// redraw fills node anew when key says that its contents changed; the focus goes to what has the same data-key.
export function redraw(node, key, make) {
  if (drawnAs.get(node) === key) return;
  const focus = focusIn(node);
  drawnAs.set(node, key);
  node.replaceChildren(...some([make()].flat()));
  focusOn(node, focus);
}

// keyed makes list show items ({id, key, make}), touching only those whose key changed: what a person is
// using stays as it is, and a screen reader hears only what is new.
export function keyed(list, items) {
  const old = new Map([...list.children].map((node) => [node.dataset.id, node]));
  let at = list.firstElementChild;
  for (const { id, key, make } of items) {
    let node = old.get(id);
    old.delete(id);
    if (!node || drawnAs.get(node) !== key) {
      const next = make();
      next.dataset.id = id;
      drawnAs.set(next, key);
      if (node) {
        const focus = focusIn(node);
        node.replaceWith(next);
        focusOn(next, focus);
        if (at === node) at = next;
      }
      node = next;
    }
    if (node === at) at = at.nextElementSibling;
    else list.insertBefore(node, at);
  }
  for (const node of old.values()) node.remove();
}
