/** One question and its answer in the conversation. */

import { appendRuns, byId, decimal, labelOf, plural, speed } from './words.js';

export class Turn {
  /**
   * @param question what was asked
   * @param settings the mode and the temperature it was asked with
   */
  constructor(question, { mode, temperature }) {
    this.mode = mode;
    this.how = [mode && labelOf(mode), temperature > 0 && `temperature ${decimal(temperature, 1)}`].filter(Boolean);
    this.trees = [];
    this.figures = null; // of the latest event
    const part = byId('turn').content.cloneNode(true);
    this.element = part.querySelector('.turn');
    this.answer = part.querySelector('.answer');
    this.text = part.querySelector('.text');
    this.steps = part.querySelector('.steps');
    part.querySelector('.question').textContent = question;
    byId('conversation').append(part);
    this.answer.classList.add('streaming');
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  /** Takes what a step added. */
  add({ runs, trees, ...figures }) {
    this.trees.push(...trees);
    appendRuns(this.text, runs, this.trees.length);
    this.show(figures);
  }

  show(figures) {
    this.figures = figures;
    const { acceptanceLength, tokensPerSecond, tokens, steps } = figures;
    this.counts = [`${plural(tokens, 'token')} in ${plural(steps, 'step')}`, ...this.how].join(' · ');
    this.find('.counts').textContent = [
      this.counts,
      `${decimal(acceptanceLength, 2)} per step`,
      `${speed(tokensPerSecond)} per second`,
    ].join(' · ');
    this.steps.hidden = this.trees.length === 0;
  }

  /** Marks the words of a step; none for 0. */
  mark(step) {
    this.text.querySelectorAll('.marked').forEach((said) => said.classList.remove('marked'));
    if (step > 0) {
      this.text.querySelectorAll(`[data-step="${step}"]`).forEach((said) => said.classList.add('marked'));
    }
  }

  note(text) {
    this.find('.note').textContent = text;
    this.find('.note').hidden = false;
  }

  end() {
    this.answer.classList.remove('streaming');
  }

  /** Whether the model will have something to remember. */
  get answered() {
    return this.text.textContent.trim() !== '' && this.element.isConnected;
  }

  /**
   * Says what went wrong.
   *
   * @param retry what the button does; it takes the turn away first
   */
  fail(title, detail, retry) {
    const part = byId('problem').content.cloneNode(true);
    part.querySelector('strong').textContent = title;
    part.querySelector('span').textContent = detail;
    part.querySelector('button').addEventListener('click', () => retry(this));
    if (this.text.textContent === '') {
      this.answer.remove();
    }
    this.element.append(part);
  }
}
