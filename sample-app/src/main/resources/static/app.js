/**
 * The chat page. POST /api/chat takes {message, mode, temperature} and answers with server-sent events:
 *   runs   {runs: [{text, head}], acceptanceLength, tokensPerSecond, tokens, steps}  after every decoding step
 *   done   {finishReason, acceptanceLength, tokensPerSecond, tokens, steps}
 *   error  {message}
 * GET /api/about tells the model, its modes {name, draftHeads, treeNodes}, which of them is its own, and first questions to
 * suggest.
 */

const COLOURS = 4; // heads beyond share the last colour
const page = (id) => document.getElementById(id);
const scroll = page('scroll');
const message = page('message');

let about = { modes: [] };
let draftHeads = COLOURS; // of the mode with the most
let answering = null; // the AbortController of the answer on its way

/* ---- words and numbers ---- */

const nameOf = (head) => (head === 0 ? 'Base model' : `Head ${head}`);
const classOf = (head) => `from-${Math.min(head, COLOURS)}`;
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const plural = (count, thing) => `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;

function storyOf(head) {
  if (head === 0) {
    return 'Base model: written by the model itself';
  }
  const ahead = head === 1 ? 'the very next token' : `${head} tokens ahead`;
  return `Head ${head}: guessed ${ahead}, confirmed by the base model`;
}

function decimal(value, digits) {
  return Number.isFinite(value)
    ? value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
    : '–';
}

/* ---- one question and its answer ---- */

class Turn {
  constructor(question, { mode, temperature }) {
    this.heads = mode?.draftHeads ?? draftHeads;
    this.how = [mode && capital(mode.name), temperature > 0 && `temperature ${decimal(temperature, 1)}`];
    const part = page('turn').content.cloneNode(true);
    this.element = part.querySelector('.turn');
    this.answer = part.querySelector('.answer');
    this.text = part.querySelector('.text');
    this.lengths = [];
    part.querySelector('.question').textContent = question;
    part.querySelector('.gauge').append(
      ...Array.from({ length: this.heads + 1 }, (_, head) => {
        const cell = element('span', classOf(head));
        cell.append(element('i'));
        return cell;
      }),
    );
    page('conversation').append(part);
    this.answer.classList.add('streaming');
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  add({ text, head }) {
    const [, space, words] = /^(\s*)(.*)$/s.exec(text);
    this.text.append(space);
    if (words !== '') {
      const run = element('span', `run ${classOf(head)}`, words);
      run.dataset.head = head;
      this.text.append(run);
    }
    this.lengths[head] = (this.lengths[head] ?? 0) + Array.from(text).length;
  }

  show({ acceptanceLength, tokensPerSecond, tokens, steps }) {
    this.find('.acceptance dd').textContent = decimal(acceptanceLength, 2);
    this.find('.speed dd').textContent = decimal(tokensPerSecond, tokensPerSecond < 10 ? 1 : 0);
    const counts = `${plural(tokens, 'token')} in ${plural(steps, 'step')}`;
    this.find('.counts').textContent = [counts, ...this.how].filter(Boolean).join(' · ');
    this.element.querySelectorAll('.gauge i').forEach((bar, head) => {
      bar.style.setProperty('--filled', Math.max(0, Math.min(1, acceptanceLength - head)));
    });
    this.showShares();
  }

  showShares() {
    const whole = this.lengths.reduce((sum, length) => sum + (length ?? 0), 0);
    if (whole === 0) {
      return;
    }
    const heads = Math.max(this.heads + 1, this.lengths.length);
    const percents = Array.from({ length: heads }, (_, head) => Math.round((100 * (this.lengths[head] ?? 0)) / whole));
    const shares = this.find('.shares');
    while (shares.children.length < heads) {
      const head = shares.children.length;
      const row = element('div', `row ${classOf(head)}`);
      row.append(element('span', '', nameOf(head)), element('b'), element('span'));
      shares.append(row);
    }
    percents.forEach((percent, head) => {
      const [, bar, figure] = shares.children[head].children;
      bar.style.setProperty('--share', (100 * percent) / Math.max(...percents));
      figure.textContent = `${percent}%`;
    });
    const spoken = percents.map((percent, head) => `${nameOf(head)} ${percent}%`).join(', ');
    shares.setAttribute('aria-label', `Share of the text: ${spoken}`);
  }

  note(text) {
    this.find('.note').textContent = text;
    this.find('.note').hidden = false;
  }

  end() {
    this.answer.classList.remove('streaming');
  }

  fail(title, detail, retry) {
    const part = page('problem').content.cloneNode(true);
    part.querySelector('strong').textContent = title;
    part.querySelector('span').textContent = detail;
    const button = part.querySelector('button');
    button.addEventListener('click', () => {
      if (!answering) {
        this.element.remove();
        retry();
      }
    });
    if (this.text.textContent === '') {
      this.answer.remove();
    }
    this.element.append(part);
  }
}

function element(tag, classes = '', text = '') {
  const made = document.createElement(tag);
  made.className = classes;
  made.textContent = text;
  return made;
}

/* ---- the conversation with the server ---- */

/** Something to show to the reader: a short title and a sentence. */
class Problem extends Error {
  constructor(title, detail) {
    super(detail);
    this.title = title;
  }
}

async function problemOf(response) {
  const told = await response.json().catch(() => ({}));
  if (response.status === 503) {
    return new Problem('The queue is full.', told.detail ?? 'Other answers are still being written; try again shortly.');
  }
  return new Problem(`${told.title ?? 'The server refused the question'}.`, told.detail ?? `Status ${response.status}.`);
}

async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  let name = '';
  let data = [];
  for (;;) {
    const { value, done } = await reader.read();
    buffer += value ?? '';
    const lines = buffer.split(/\r\n|\n|\r(?!$)/);
    buffer = done ? '' : lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) {
          yield { name: name || 'message', data: JSON.parse(data.join('\n')) };
        }
        name = '';
        data = [];
      } else {
        const [, field, content] = /^([^:]*):? ?(.*)$/s.exec(line);
        if (field === 'event') {
          name = content;
        } else if (field === 'data') {
          data.push(content);
        }
      }
    }
    if (done) {
      return;
    }
  }
}

async function receive(question, { mode, temperature }, turn, signal) {
  const response = await fetch('api/chat', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream, application/problem+json' },
    body: JSON.stringify({ message: question, mode: mode?.name, temperature }),
    signal,
  });
  if (!response.ok || !response.body) {
    throw await problemOf(response);
  }
  for await (const { name, data } of eventsOf(response.body)) {
    const follow = atEnd();
    if (name === 'runs') {
      data.runs.forEach((run) => turn.add(run));
      turn.show(data);
    } else if (name === 'done') {
      turn.show(data);
      return data;
    } else if (name === 'error') {
      throw new Problem('The answer failed.', data.message);
    }
    if (follow) {
      toEnd();
    }
  }
  throw new Problem('The answer broke off.', 'The server closed the connection before the answer was complete.');
}

async function ask(question) {
  if (answering || question === '') {
    return;
  }
  page('welcome').hidden = true;
  const settings = settingsNow();
  const turn = new Turn(question, settings);
  toEnd();
  busy(new AbortController());
  say('Answering');
  try {
    const { finishReason, acceptanceLength, tokensPerSecond } = await receive(question, settings, turn, answering.signal);
    const reason = String(finishReason).toLowerCase();
    if (reason === 'length') {
      turn.note('Cut at the token limit');
    } else if (reason === 'cancelled') {
      turn.note('Stopped by the server');
    }
    say(
      `${turn.text.textContent} — ${decimal(acceptanceLength, 2)} tokens per step, ` +
        `${decimal(tokensPerSecond, 0)} tokens per second`,
    );
  } catch (error) {
    if (answering.signal.aborted) {
      turn.note('Stopped');
      say('Stopped');
    } else if (error instanceof Problem) {
      turn.fail(error.title, error.message, () => ask(question));
    } else {
      turn.fail('The server cannot be reached.', `Is it running? (${error.message})`, () => ask(question));
    }
  } finally {
    turn.end();
    busy(null);
    toEnd();
  }
}

/* ---- the page around it ---- */

function busy(controller) {
  const hadFocus = document.activeElement === page('stop') || document.activeElement === document.body;
  answering = controller;
  page('stop').hidden = !controller;
  page('send').hidden = Boolean(controller);
  page('suggestions').querySelectorAll('button').forEach((chip) => (chip.disabled = Boolean(controller)));
  if (!controller && hadFocus && !touched()) {
    message.focus();
  }
}

function say(text) {
  page('status').textContent = text;
}

// where a finger points, focus would raise the keyboard over the answer
const touched = () => matchMedia('(pointer: coarse)').matches;
const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
const toEnd = () => scroll.scrollTo({ top: scroll.scrollHeight });

function fitMessage() {
  message.style.height = 'auto';
  message.style.height = `${message.scrollHeight}px`;
}

/* ---- mode and temperature ---- */

function settingsNow() {
  const chosen = page('modes').querySelector('input:checked')?.value;
  return { mode: about.modes.find(({ name }) => name === chosen), temperature: Number(page('temperature').value) };
}

function showModes() {
  page('modes').append(
    ...about.modes.map(({ name }) => {
      const label = element('label');
      const choice = element('input');
      Object.assign(choice, { type: 'radio', name: 'mode', value: name, checked: name === about.mode });
      choice.addEventListener('change', showModel);
      label.append(choice, element('span', '', capital(name)));
      return label;
    }),
  );
  page('modes').hidden = about.modes.length < 2;
}

function showTemperature() {
  const { temperature } = settingsNow();
  page('settings').querySelector('output').textContent = decimal(temperature, 1);
  page('temperature').setAttribute(
    'aria-valuetext',
    temperature === 0 ? '0, the likeliest word every time' : decimal(temperature, 1),
  );
}

function showModel() {
  const { mode } = settingsNow();
  page('model').textContent = [
    about.model,
    mode && (mode.draftHeads > 0 ? plural(mode.draftHeads, 'draft head') : 'no drafts'),
    mode?.treeNodes > 1 && `tree of ${mode.treeNodes}`,
    about.dataType,
    about.device,
  ]
    .filter(Boolean)
    .join(' · ');
  page('model').title = page('model').textContent;
}

function showLegend() {
  page('legend').replaceChildren(
    ...Array.from({ length: draftHeads + 1 }, (_, head) => {
      const item = element('li');
      const button = element('button', classOf(head), nameOf(head));
      button.type = 'button';
      button.dataset.head = head;
      button.setAttribute('aria-pressed', 'false');
      button.addEventListener('click', () => only(button));
      item.append(button);
      return item;
    }),
  );
}

/** Brings one origin's words forward; a second press brings all back. */
function only(pressed) {
  const on = pressed.getAttribute('aria-pressed') === 'false';
  page('legend').querySelectorAll('button').forEach((button) => {
    button.setAttribute('aria-pressed', String(on && button === pressed));
  });
  if (on) {
    document.body.dataset.only = Math.min(Number(pressed.dataset.head), COLOURS);
  } else {
    delete document.body.dataset.only;
  }
}

function showColours(on) {
  document.body.classList.toggle('colours', on);
  localStorage.setItem('colours', on ? 'on' : 'off');
}

function showTip({ target, clientX, clientY }) {
  const tip = page('tip');
  const origin = target instanceof Element ? target.closest('[data-head]') : null;
  tip.hidden = !origin || !document.body.classList.contains('colours');
  if (!tip.hidden) {
    tip.textContent = storyOf(Number(origin.dataset.head));
    const x = Math.min(Math.max(8, clientX - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    const above = clientY - tip.offsetHeight - 16;
    tip.style.translate = `${x}px ${above > 4 ? above : clientY + 22}px`;
  }
}

async function showAbout() {
  const response = await fetch('api/about');
  if (!response.ok) {
    return;
  }
  about = { modes: [], ...(await response.json()) };
  draftHeads = Math.max(0, ...about.modes.map((mode) => mode.draftHeads));
  showLegend();
  showModes();
  showModel();
  page('suggestions').append(
    ...(about.suggestions ?? []).map((question) => {
      const item = element('li');
      const chip = element('button', '', question);
      chip.type = 'button';
      chip.addEventListener('click', () => ask(question));
      item.append(chip);
      return item;
    }),
  );
}

page('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const question = message.value.trim();
  if (!answering && question !== '') {
    message.value = '';
    fitMessage();
    ask(question);
  }
});
message.addEventListener('input', fitMessage);
message.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    page('composer').requestSubmit();
  }
});
page('stop').addEventListener('click', () => answering?.abort());
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    answering?.abort();
  }
});
document.addEventListener('pointermove', showTip);
document.addEventListener('pointerdown', showTip);
scroll.addEventListener('scroll', () => (page('tip').hidden = true));
page('temperature').addEventListener('input', showTemperature);
page('colours').addEventListener('change', (event) => showColours(event.target.checked));

page('colours').checked = localStorage.getItem('colours') !== 'off';
showColours(page('colours').checked);
showTemperature();
showLegend();
showAbout().catch(() => {});
if (!touched()) {
  message.focus();
}
