/** The instruments beside the conversation: dials, the steps of an answer, a step's draft tree, what was kept at each depth. */

import { describe, drawTree } from './tree.js';
import { byId, classOf, decimal, element, nameOf, plural, speed } from './words.js';

const PAUSE = 120; // milliseconds between two drawings: faster, nobody could look
const WINDOW = 32; // steps that the bars count
const COLUMNS = 48; // steps that the strip shows

const slider = byId('step');

let turn = null;
let step = 0; // the one that is drawn, from 1
let following = true; // the newest step, as it comes
let timer = 0;
let drawn = 0;

/** Shows an answer, from now on at its newest step. */
export function watch(next) {
  turn?.mark(0);
  document.querySelectorAll('.steps').forEach((button) => {
    button.setAttribute('aria-pressed', String(button === next?.steps));
  });
  turn = next;
  following = true;
  refresh();
}

/** Shows a step of an answer, and marks its words. */
export function look(at, which) {
  if (at !== turn) {
    watch(at);
  }
  choose(which);
}

/** The answer has changed; drawn soon, not at once, since steps come faster than anybody can look. */
export function changed(which) {
  if (which === turn && timer === 0) {
    timer = setTimeout(refresh, Math.max(0, drawn + PAUSE - performance.now()));
  }
}

/** The answer will not change any more; drawn at once, so that it is there when the page takes the next question. */
export function complete(which) {
  if (which === turn) {
    refresh();
  }
}

/** Draws what there is now. */
export function refresh() {
  clearTimeout(timer);
  timer = 0;
  drawn = performance.now();
  if (following) {
    step = turn?.trees.length ?? 0;
  }
  showDials();
  showStrip();
  showTree();
  showDepths();
}

function choose(which) {
  step = Math.max(1, Math.min(which, turn?.trees.length ?? 0));
  following = false;
  refresh();
  turn?.mark(step);
  turn?.text.querySelector('.marked')?.scrollIntoView({ block: 'nearest' });
}

function showDials() {
  const figures = turn?.figures;
  byId('acceptance').textContent = figures ? decimal(figures.acceptanceLength, 2) : '–';
  byId('speed').textContent = figures ? speed(figures.tokensPerSecond) : '–';
  byId('counts').textContent = figures ? turn.counts : 'Ask something, and watch the model decode.';
  const heads = turn?.mode?.draftHeads ?? 4;
  const gauge = byId('gauge');
  if (gauge.children.length !== heads + 1) {
    gauge.replaceChildren(
      ...Array.from({ length: heads + 1 }, (_, head) => {
        const cell = element('span', classOf(head));
        cell.append(element('i'));
        return cell;
      }),
    );
  }
  Array.from(gauge.children).forEach((cell, head) => {
    const filled = Math.max(0, Math.min(1, (figures?.acceptanceLength ?? 0) - head));
    cell.firstChild.style.setProperty('--filled', filled);
  });
}

/** One column a step, as high as the step had tokens. */
function showStrip() {
  const trees = turn?.trees ?? [];
  const first = Math.max(0, Math.min(trees.length - COLUMNS, step - COLUMNS / 2));
  byId('strip').replaceChildren(
    ...trees.slice(first, first + COLUMNS).map(({ accepted, bonus }, at) => {
      const column = element('span', first + at + 1 === step ? 'now' : '');
      column.dataset.step = first + at + 1;
      column.append(...accepted.slice(1).map((_, depth) => element('i', classOf(depth + 1))));
      if (bonus !== null) {
        column.append(element('i', classOf(0)));
      }
      return column;
    }),
  );
  slider.max = Math.max(1, trees.length);
  slider.value = step;
  byId('timeline').hidden = trees.length === 0;
  const place = `Step ${step.toLocaleString('en')} of ${trees.length.toLocaleString('en')}`;
  byId('place').textContent = place;
  const tree = trees[step - 1];
  slider.setAttribute('aria-valuetext', tree ? `${place}. ${describe(tree)}` : 'no steps yet');
}

function showTree() {
  const tree = turn?.trees[step - 1];
  byId('tree').hidden = !tree;
  byId('no-tree').hidden = Boolean(tree);
  if (tree) {
    byId('drawing').replaceChildren(drawTree(tree));
    centre(Array.from(byId('drawing').querySelectorAll('.kept, .bonus')).at(-1));
    byId('told').textContent = describe(tree);
  }
}

/** Brings the end of the kept path into view, where a tree is too large to be seen whole. */
function centre(node) {
  const drawing = byId('drawing');
  if (node && drawing.scrollHeight > drawing.clientHeight) {
    drawing.scrollTop += node.getBoundingClientRect().top - drawing.getBoundingClientRect().top - drawing.clientHeight / 2;
  }
}

/** How often each head was right, of the steps that asked it. */
function showDepths() {
  const seen = (turn?.trees ?? []).slice(Math.max(0, step - WINDOW), step);
  const heads = turn?.mode?.draftHeads ?? 0;
  byId('depths').hidden = seen.length === 0 || heads === 0;
  byId('window').textContent = seen.length === WINDOW ? `last ${WINDOW} steps` : plural(seen.length, 'step');
  byId('bars').replaceChildren(
    ...Array.from({ length: heads }, (_, at) => {
      const depth = at + 1;
      const kept = seen.filter(({ accepted }) => accepted.length > depth).length;
      const share = seen.length === 0 ? 0 : kept / seen.length;
      const row = element('li', classOf(depth));
      const bar = element('b');
      bar.append(element('i'));
      bar.firstChild.style.setProperty('--filled', share);
      row.append(element('span', '', nameOf(depth)), bar, element('span', '', `${decimal(100 * share, 0)}%`));
      return row;
    }),
  );
}

slider.addEventListener('input', () => choose(Number(slider.value)));
byId('strip').addEventListener('click', ({ target }) => {
  const column = target.closest('[data-step]');
  if (column) {
    choose(Number(column.dataset.step));
  }
});
const toggle = byId('panel-toggle');
toggle.addEventListener('click', () => {
  const open = toggle.getAttribute('aria-expanded') === 'false';
  toggle.setAttribute('aria-expanded', String(open));
  byId('panel').classList.toggle('open', open);
});
refresh();
