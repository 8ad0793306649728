/** Draws a step's draft tree: depth to the right, ranks downwards, what was kept solid, what was not dashed. */

import { classOf } from './words.js';

const NS = 'http://www.w3.org/2000/svg';
const ROOMY = { row: 31, pill: 23, font: 12 };
const DENSE = { row: 22, pill: 18, font: 11 }; // of large trees
const MOST_ROOMY = 12; // rows
const GAP = 20;
const PAD = 9;
const HEAD = 26; // the columns' names
const LONGEST = 9;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

const ruler = document.createElement('canvas').getContext('2d');

function widthOf(text, size) {
  ruler.font = `600 ${size}px ${FONT}`;
  return ruler.measureText(text).width;
}

/** A token's text for the eye: without its leading space, and white space visible where there is nothing else. */
function shown(token) {
  if (token.trim() === '') {
    return token.includes('\n') ? '⏎' : '␣';
  }
  return token.trim();
}

function short(token) {
  const characters = Array.from(shown(token));
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : characters.join('');
}

/** The same in a sentence. */
export function describe({ tokens, accepted, bonus }) {
  const drafted = tokens.length - 1;
  const kept = accepted.slice(1).map((node) => shown(tokens[node]));
  const added = bonus === null ? 'the answer ends here' : `the base model adds “${shown(bonus)}”`;
  if (drafted === 0) {
    return `Nothing drafted; ${added}.`;
  }
  const said = kept.length === 0 ? '' : `: “${kept.join('” “')}”`;
  return `${kept.length} of ${drafted} drafted kept${said}; ${added}.`;
}

/** The tree's nodes with the bonus as one more, each with its depth and its row. */
function layout({ parents, tokens, accepted, bonus }) {
  const kept = new Set(accepted);
  const nodes = parents.map((parent, node) => ({
    parent,
    text: tokens[node],
    kind: node === 0 ? 'root' : kept.has(node) ? 'kept' : 'dropped',
    children: [],
  }));
  if (bonus !== null) {
    nodes.push({ parent: accepted.at(-1), text: bonus, kind: 'bonus', children: [] });
  }
  nodes.forEach((node) => {
    const parent = nodes[node.parent];
    node.depth = parent ? parent.depth + 1 : 0;
    parent?.children.push(node);
  });
  let rows = 0;
  const place = (node) => {
    node.children.forEach(place);
    node.row = node.children.length > 0 ? node.children[0].row : rows++;
  };
  place(nodes[0]);
  return { nodes, rows };
}

function svg(tag, attributes, text = '') {
  const made = document.createElementNS(NS, tag);
  Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
  made.textContent = text;
  return made;
}

/** An edge to the pill's left side. */
function edge(from, to) {
  const [x, y] = [from.x + from.width, from.y];
  const bend = (to.x - x) * 0.6;
  return y === to.y ? `M${x} ${y}H${to.x}` : `M${x} ${y}C${x + bend} ${y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
}

/** A picture of the tree, as wide as it needs to be. */
export function drawTree(tree) {
  const { nodes, rows } = layout(tree);
  const { row, pill, font } = rows > MOST_ROOMY ? DENSE : ROOMY;
  const columns = [];
  nodes.forEach((node) => {
    node.label = short(node.text);
    node.width = Math.max(26, Math.ceil(widthOf(node.label, font)) + 2 * PAD);
    columns[node.depth] = Math.max(columns[node.depth] ?? 40, node.width);
  });
  const left = columns.map((_, depth) => columns.slice(0, depth).reduce((sum, width) => sum + width + GAP, 1));
  const width = left.at(-1) + columns.at(-1) + 1;
  const height = HEAD + rows * row;
  const picture = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    'font-size': font,
    role: 'img',
    'aria-label': describe(tree),
  });
  const deepest = Math.max(...nodes.filter(({ kind }) => kind !== 'bonus').map(({ depth }) => depth));
  columns.forEach((column, depth) => {
    const name = depth === 0 ? 'root' : depth > deepest ? 'base' : `head ${depth}`;
    const label = svg('text', { class: 'column', x: left[depth] + 1, y: 11 }, name);
    picture.append(label);
  });
  nodes.forEach((node) => {
    node.x = left[node.depth];
    node.y = HEAD + node.row * row + row / 2 - 3;
  });
  // kept edges over the others
  [...nodes.slice(1)]
    .sort((one, other) => (one.kind === 'dropped' ? 0 : 1) - (other.kind === 'dropped' ? 0 : 1))
    .forEach((node) => {
      picture.append(svg('path', { class: `edge ${node.kind}`, d: edge(nodes[node.parent], node) }));
    });
  nodes.forEach((node) => {
    const origin = node.kind === 'root' || node.kind === 'bonus' ? 0 : node.depth;
    const group = svg('g', { class: `node ${node.kind} ${classOf(origin)}` });
    group.append(
      svg('title', {}, JSON.stringify(node.text)),
      svg('rect', {
        x: node.x,
        y: node.y - pill / 2,
        width: node.width,
        height: pill,
        rx: 6,
      }),
      svg('text', { x: node.x + node.width / 2, y: node.y + 4 }, node.label),
    );
    picture.append(group);
  });
  return picture;
}
