/**
 * The same prompt twice: without drafts and with them. The lanes decode one after the other, each alone on the machine, so that
 * neither slows the other; while the second one decodes, the first is shown again as it went, from the same start.
 */

import { answerTo, Problem } from './stream.js';
import { appendRuns, byId, decimal, labelOf, motionless, plural, speed } from './words.js';

const WARMING = 3; // events of an answer that nobody looks at: whoever starts first must not pay for the first start

const AFTER_WARMING = 200; // milliseconds until the server has noticed that nobody listens any more

const form = byId('racer');
const prompt = byId('race-prompt');

class Lane {
  constructor(id) {
    this.element = byId(id);
    this.reset();
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  reset() {
    this.events = []; // {at, data}, at in milliseconds since the start
    this.clear();
    this.state('');
    this.element.classList.remove('won');
  }

  clear() {
    this.shown = 0;
    this.find('.text').textContent = '';
    this.clock(0);
    this.figures({ tokens: 0, steps: 0, tokensPerSecond: NaN });
    this.progress(0);
  }

  state(text) {
    this.find('.state').textContent = text;
  }

  clock(milliseconds) {
    this.find('.clock').textContent = `${decimal(milliseconds / 1000, 2)} s`;
  }

  figures({ tokens, steps, tokensPerSecond }) {
    this.find('.passes').textContent = `${plural(tokens, 'token')} in ${plural(steps, 'step')}`;
    this.find('.rate').textContent = `${speed(tokensPerSecond)} per second`;
  }

  progress(share) {
    this.find('.progress i').style.setProperty('--filled', share);
  }

  /** What has been said, whatever of it is shown. */
  get said() {
    return this.events.flatMap(({ data }) => data.runs ?? []).map(({ text }) => text).join('');
  }

  get time() {
    return this.events.at(-1)?.at ?? 0;
  }

  /** Shows the events up to a time, of a race of so many tokens. */
  showUntil(milliseconds, whole) {
    while (this.shown < this.events.length && this.events[this.shown].at <= milliseconds) {
      const { data } = this.events[this.shown++];
      appendRuns(this.find('.text'), data.runs ?? [], 0);
      this.figures(data);
      this.progress(whole > 0 ? data.tokens / whole : 0);
    }
    this.find('.text').scrollTop = this.find('.text').scrollHeight;
    this.clock(this.shown === this.events.length && this.done ? this.time : milliseconds);
  }

  get complete() {
    return this.done && this.shown === this.events.length;
  }

  /** Decodes, and keeps every event with its time. */
  async run(question, signal) {
    this.done = false;
    const start = performance.now();
    for await (const { data } of answerTo(question, signal)) {
      this.events.push({ at: performance.now() - start, data });
    }
    this.done = true;
  }
}

const plain = new Lane('lane-plain');
const drafted = new Lane('lane-drafted');
let racing = null; // the AbortController of the race on its way

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Draws lanes frame by frame, each from its own start, until the work is done and all is shown. */
async function animate(lanes, work, whole) {
  const start = performance.now();
  let over = false;
  let failure = null;
  const worked = work.catch((error) => (failure = error)).finally(() => (over = true));
  do {
    await pause(16);
    lanes.forEach((lane) => lane.showUntil(performance.now() - start, whole));
  } while (!failure && (!over || !lanes.every((lane) => lane.complete)));
  await worked;
  if (failure) {
    throw failure;
  }
}

async function warm(question, signal) {
  const early = new AbortController();
  const stop = () => early.abort();
  signal.addEventListener('abort', stop);
  let seen = 0;
  try {
    for await (const event of answerTo(question, early.signal)) {
      if (event.name === 'runs' && ++seen === WARMING) {
        early.abort();
        return;
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function race(message, mode, signal) {
  const questions = [
    { message, mode: 'plain', temperature: 0 },
    { message, mode, temperature: 0 },
  ];
  verdict('');
  [plain, drafted].forEach((lane) => lane.reset());
  plain.state('Warming up');
  drafted.state('Warming up');
  for (const question of questions) {
    await warm(question, signal);
  }
  await pause(AFTER_WARMING);
  signal.throwIfAborted();
  plain.state('Decoding, alone');
  drafted.state('Waits for its turn');
  plain.element.classList.add('running');
  await animate([plain], plain.run(questions[0], signal), 0);
  const { tokens } = plain.events.at(-1).data;
  drafted.state('Decoding, alone');
  drafted.element.classList.add('running');
  if (motionless()) {
    plain.element.classList.remove('running');
    plain.state('Finished');
    plain.progress(1);
    await animate([drafted], drafted.run(questions[1], signal), tokens);
  } else {
    plain.clear();
    plain.state('As it went a moment ago');
    await animate([plain, drafted], drafted.run(questions[1], signal), tokens);
    plain.state('Finished');
  }
  drafted.state('Finished');
  judge();
}

function judge() {
  const [winner, loser] = drafted.time < plain.time ? [drafted, plain] : [plain, drafted];
  winner.element.classList.add('won');
  const name = (lane) => lane.find('h3').textContent;
  const gain = decimal(loser.time / winner.time, 1);
  const times = `${name(winner)} is ${gain} times as fast: ${decimal(winner.time / 1000, 2)} s against ${decimal(loser.time / 1000, 2)} s.`;
  const same = plain.said === drafted.said;
  verdict(
    times,
    same
      ? `Both answers are the same, letter for letter (${plural(Array.from(plain.said).length, 'character')}).`
      : 'The answers differ: at a temperature of 0 that is an error, please report it.',
    same,
  );
}

function verdict(times, sameness = '', same = true) {
  byId('verdict').hidden = times === '';
  byId('verdict').classList.toggle('differs', !same);
  byId('times').textContent = times;
  byId('same').textContent = sameness;
  byId('verdict').scrollIntoView({ block: 'nearest' });
}

function busy(controller) {
  racing = controller;
  byId('race-stop').hidden = !controller;
  byId('race-start').hidden = Boolean(controller);
  [plain, drafted].forEach((lane) => controller || lane.element.classList.remove('running'));
}

async function start(message, mode) {
  const controller = new AbortController();
  const focused = document.activeElement;
  busy(controller);
  if (focused === byId('race-start')) {
    byId('race-stop').focus();
  }
  byId('race-problem').hidden = true;
  try {
    await race(message, mode, controller.signal);
  } catch (error) {
    const stopped = controller.signal.aborted;
    [plain, drafted].forEach((lane) => lane.state(stopped ? 'Stopped' : ''));
    if (!stopped) {
      byId('race-problem').hidden = false;
      byId('race-problem').textContent =
        error instanceof Problem
          ? `${error.title} ${error.message}`
          : `The server cannot be reached. Is it running? (${error.message})`;
    }
  } finally {
    const back = document.activeElement === byId('race-stop') || document.activeElement === document.body;
    busy(null);
    if (back) {
      byId('race-start').focus();
    }
  }
}

/** Stops the race that is on, if one is. */
export function stopRace() {
  racing?.abort();
}

export const isRacing = () => racing !== null;

/**
 * Makes the race ready.
 *
 * @param modes   those of the model, plain first
 * @param first   a prompt to begin with
 * @param blocked whether something else decodes for this page just now
 */
export function prepareRace({ modes, mode: own, first }, blocked) {
  const rivals = modes.filter(({ draftHeads }) => draftHeads > 0);
  const choice = byId('rival');
  choice.replaceChildren(
    ...rivals.map((rival) => {
      const option = document.createElement('option');
      Object.assign(option, { value: rival.name, textContent: labelOf(rival), selected: rival.name === own });
      return option;
    }),
  );
  byId('rivals').hidden = rivals.length < 2;
  byId('race-start').disabled = rivals.length === 0;
  if (rivals.length === 0) {
    byId('race-problem').hidden = false;
    byId('race-problem').textContent = 'This model has no draft heads to race with.';
  }
  prompt.value ||= first ?? '';
  const name = () => {
    const rival = rivals.find((other) => other.name === choice.value);
    drafted.find('h3').textContent = rival ? labelOf(rival) : 'Drafted';
    drafted.find('.about').textContent = rival ? `${plural(rival.draftHeads, 'head')} ahead of the model` : '';
  };
  name();
  choice.addEventListener('change', name);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const message = prompt.value.trim();
    if (!racing && message !== '' && !blocked()) {
      start(message, choice.value);
    }
  });
  byId('race-stop').addEventListener('click', stopRace);
}
