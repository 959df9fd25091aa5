// Building DOM nodes. Nothing in this page ever parses HTML: text from the server only becomes text nodes.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. `props` are attributes, except: `class`, `data` (dataset), `on` (listeners), `vars` (CSS custom
 * properties). An attribute whose value is null, undefined or false is left out; true gives an empty attribute.
 * Children may be nodes, strings, numbers, arrays of these, or null.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (key === "vars") for (const [name, text] of Object.entries(value)) node.style.setProperty(`--${name}`, text);
    else node.setAttribute(key, value === true ? "" : value);
  }
  append(node, children);
  return node;
}

export function append(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** One of the icons drawn in index.html, hidden from screen readers: a label stands beside it or on its button. */
export function icon(name) {
  const svg = svgNode("svg", { class: "icon", "aria-hidden": "true", viewBox: "0 0 24 24" });
  svg.append(svgNode("use", { href: `#icon-${name}` }));
  return svg;
}

export function svgNode(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Set a property or text only when it differs, so that an unchanged poll touches nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Keep one child node for each item, by key: `make(item)` once, `update(node, item)` after every change.
 * The nodes of items that have gone are removed. Order follows the items.
 */
export function keyed(parent, items, keyOf, make, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let node = known.get(key);
    known.delete(key);
    if (!node) {
      node = make(item);
      node.dataset.key = key;
    }
    update?.(node, item);
    if (node === before) before = before.nextElementSibling;
    else parent.insertBefore(node, before);
  }
  for (const gone of known.values()) gone.remove();
}
