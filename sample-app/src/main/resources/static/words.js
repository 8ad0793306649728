/** Words, numbers and elements that all parts of the page share. */

const COLOURS = 4; // heads beyond share the last colour

export const byId = (id) => document.getElementById(id);
export const nameOf = (head) => (head === 0 ? 'Base model' : `Head ${head}`);
export const colourOf = (head) => Math.min(head, COLOURS);
export const classOf = (head) => `from-${colourOf(head)}`;
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
export const labelOf = ({ kind }) => capital(kind);
export const plural = (count, thing) => `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
export const motionless = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export function storyOf(head) {
  if (head === 0) {
    return 'Base model: written by the model itself';
  }
  const ahead = head === 1 ? 'the very next token' : `${head} tokens ahead`;
  return `Head ${head}: guessed ${ahead}, confirmed by the base model`;
}

export function decimal(value, digits) {
  return Number.isFinite(value)
    ? value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
    : '–';
}

export const speed = (tokensPerSecond) => decimal(tokensPerSecond, tokensPerSecond < 10 ? 1 : 0);

/** An element with its text, which is never read as HTML. */
export function element(tag, classes = '', text = '') {
  const made = document.createElement(tag);
  made.className = classes;
  made.textContent = text;
  return made;
}

/** Adds what a step said, each run coloured by the head that drafted it; white space in front of a run stays bare. */
export function appendRuns(parent, runs, step) {
  const said = element('span', 'said');
  said.dataset.step = step;
  runs.forEach(({ text, head }) => {
    const [, space, words] = /^(\s*)(.*)$/s.exec(text);
    (said.hasChildNodes() ? said : parent).append(space);
    if (words !== '') {
      const run = element('span', `run ${classOf(head)}`, words);
      run.dataset.head = head;
      said.append(run);
    }
  });
  parent.append(said);
}
