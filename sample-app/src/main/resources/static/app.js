/**
 * The chat page: questions, settings, and the way between chat and race. GET api/about tells the model, its modes
 * {name, kind, draftHeads, treeNodes}, which of them is its own, how many tokens it remembers, and first questions to suggest.
 */

import { changed, complete, look, refresh, watch } from './panel.js';
import { isRacing, prepareRace, stopRace } from './race.js';
import { answerTo, Problem } from './stream.js';
import { Turn } from './turn.js';
import { byId, classOf, colourOf, decimal, element, labelOf, plural, storyOf } from './words.js';

const scroll = byId('scroll');
const message = byId('message');

let about = { modes: [] };
let conversation = newName();
let turns = [];
let answering = null; // the AbortController of the answer on its way

/* ---- questions and answers ---- */

/** A name that no other page has; randomUUID is there on secure origins only. */
function newName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function receive(turn, question, signal) {
  for await (const { name, data } of answerTo(question, signal)) {
    const follow = atEnd();
    if (name === 'begun') {
      showMemory(turn, data.remembered);
    } else if (name === 'runs') {
      turn.add(data);
      changed(turn);
    } else if (name === 'done') {
      turn.show(data);
      return data;
    }
    if (follow) {
      toEnd();
    }
  }
  throw new Problem('The answer broke off.', 'No end was told.');
}

async function ask(question) {
  if (answering || isRacing() || question === '') {
    return;
  }
  byId('welcome').hidden = true;
  document.body.classList.add('talking');
  const { mode, temperature } = settingsNow();
  const turn = new Turn(question, { mode, temperature });
  turns.push(turn);
  turn.steps.addEventListener('click', () => {
    watch(turn);
    byId('panel').classList.add('open');
    byId('panel-toggle').setAttribute('aria-expanded', 'true');
  });
  turn.text.addEventListener('click', ({ target }) => {
    const said = target.closest('[data-step]');
    if (said && Number(said.dataset.step) > 0) {
      look(turn, Number(said.dataset.step));
    }
  });
  watch(turn);
  toEnd();
  const controller = new AbortController();
  busy(controller);
  say('Answering');
  try {
    const asked = { message: question, mode: mode?.name, temperature, conversation, trace: true };
    const { finishReason, acceptanceLength, tokensPerSecond } = await receive(turn, asked, controller.signal);
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
    const again = (failed) => {
      if (!answering) {
        failed.element.remove();
        turns = turns.filter((other) => other !== failed);
        ask(question);
      }
    };
    if (controller.signal.aborted) {
      turn.note('Stopped');
      say('Stopped');
    } else if (error instanceof Problem) {
      turn.fail(error.title, error.message, again);
    } else {
      turn.fail('The server cannot be reached.', `Is it running? (${error.message})`, again);
    }
  } finally {
    turn.end();
    complete(turn);
    if (answering === controller) {
      busy(null);
    }
    toEnd();
  }
}

/** A line above the oldest exchange that the model still sees, where there are older ones. */
function showMemory(turn, remembered) {
  const before = turns.slice(0, turns.indexOf(turn)).filter((earlier) => earlier.answered);
  const line = byId('forgotten');
  line.hidden = remembered >= before.length;
  const oldest = remembered === 0 ? turn : before.at(-remembered);
  if (!line.hidden && oldest) {
    byId('conversation').insertBefore(line, oldest.element);
  }
}

function forget() {
  answering?.abort();
  busy(null);
  fetch(`api/conversations/${conversation}`, { method: 'DELETE', keepalive: true }).catch(() => {});
  conversation = newName();
  turns.forEach((turn) => turn.element.remove());
  turns = [];
  byId('forgotten').hidden = true;
  byId('welcome').hidden = false;
  document.body.classList.remove('talking');
  watch(null);
  say('New conversation');
  message.focus();
}

/* ---- the page around it ---- */

function busy(controller) {
  const hadFocus = document.activeElement === byId('stop') || document.activeElement === document.body;
  answering = controller;
  byId('stop').hidden = !controller;
  byId('send').hidden = Boolean(controller);
  byId('suggestions').querySelectorAll('button').forEach((chip) => (chip.disabled = Boolean(controller)));
  if (!controller && hadFocus && !touched()) {
    message.focus();
  }
}

function say(text) {
  byId('status').textContent = text;
}

// where a finger points, focus would raise the keyboard over the answer
const touched = () => matchMedia('(pointer: coarse)').matches;
const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
const toEnd = () => scroll.scrollTo({ top: scroll.scrollHeight });

function fitMessage() {
  message.style.height = 'auto';
  message.style.height = `${message.scrollHeight}px`;
}

/** Chat or race, by the address. */
function showView() {
  const race = location.hash === '#race';
  byId('chat').hidden = race;
  byId('race').hidden = !race;
  document.querySelectorAll('#views a').forEach((link) => {
    if ((link.hash === '#race') === race) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  });
  byId('new').hidden = race;
}

/* ---- mode and temperature ---- */

function settingsNow() {
  const chosen = byId('modes').querySelector('input:checked')?.value;
  return { mode: about.modes.find(({ name }) => name === chosen), temperature: Number(byId('temperature').value) };
}

function showModes() {
  byId('modes').append(
    ...about.modes.map((mode) => {
      const { name } = mode;
      const label = element('label');
      const choice = element('input');
      Object.assign(choice, { type: 'radio', name: 'mode', value: name, checked: name === about.mode });
      choice.addEventListener('change', showModel);
      label.append(choice, element('span', '', labelOf(mode)));
      return label;
    }),
  );
  byId('modes').hidden = about.modes.length < 2;
}

function showTemperature() {
  const { temperature } = settingsNow();
  byId('settings').querySelector('output').textContent = decimal(temperature, 1);
  byId('temperature').setAttribute(
    'aria-valuetext',
    temperature === 0 ? '0, the likeliest word every time' : decimal(temperature, 1),
  );
}

function showModel() {
  const { mode } = settingsNow();
  byId('model').textContent = [
    about.model,
    mode && (mode.draftHeads > 0 ? plural(mode.draftHeads, 'draft head') : 'no drafts'),
    mode?.treeNodes > 1 && `tree of ${mode.treeNodes}`,
    about.dataType,
    about.device,
  ]
    .filter(Boolean)
    .join(' · ');
  byId('model').title = byId('model').textContent;
}

function showLegend(heads) {
  byId('legend').replaceChildren(
    ...Array.from({ length: heads + 1 }, (_, head) => {
      const item = element('li');
      const button = element('button', classOf(head));
      // the long part of the name goes where there is no room
      const long = element('span', 'long', head === 0 ? ' model' : 'Head ');
      button.append(...(head === 0 ? ['Base', long] : [long, String(head)]));
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
  byId('legend').querySelectorAll('button').forEach((button) => {
    button.setAttribute('aria-pressed', String(on && button === pressed));
  });
  if (on) {
    document.body.dataset.only = colourOf(Number(pressed.dataset.head));
  } else {
    delete document.body.dataset.only;
  }
}

function showColours(on) {
  document.body.classList.toggle('colours', on);
  localStorage.setItem('colours', on ? 'on' : 'off');
}

function showTip({ target, clientX, clientY }) {
  const tip = byId('tip');
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
  about = { modes: [], suggestions: [], ...(await response.json()) };
  showLegend(Math.max(0, ...about.modes.map((mode) => mode.draftHeads)));
  showModes();
  showModel();
  byId('positions').textContent = `Remembers as much of the conversation as fits ${plural(about.positions, 'token')}.`;
  byId('suggestions').append(
    ...about.suggestions.map((question) => {
      const item = element('li');
      const chip = element('button', '', question);
      chip.type = 'button';
      chip.addEventListener('click', () => ask(question));
      item.append(chip);
      return item;
    }),
  );
  prepareRace({ ...about, first: about.suggestions[0] }, () => answering !== null);
}

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const question = message.value.trim();
  if (!answering && !isRacing() && question !== '') {
    message.value = '';
    fitMessage();
    ask(question);
  }
});
message.addEventListener('input', fitMessage);
message.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId('composer').requestSubmit();
  }
});
byId('stop').addEventListener('click', () => answering?.abort());
byId('new').addEventListener('click', forget);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    answering?.abort();
    stopRace();
  }
});
document.addEventListener('pointermove', showTip);
document.addEventListener('pointerdown', showTip);
scroll.addEventListener('scroll', () => (byId('tip').hidden = true));
byId('temperature').addEventListener('input', showTemperature);
byId('colours').addEventListener('change', (event) => showColours(event.target.checked));
addEventListener('hashchange', showView);
addEventListener('pagehide', ({ persisted }) => {
  if (turns.length > 0 && !persisted) {
    fetch(`api/conversations/${conversation}`, { method: 'DELETE', keepalive: true }).catch(() => {});
  }
});

byId('colours').checked = localStorage.getItem('colours') !== 'off';
showColours(byId('colours').checked);
showTemperature();
showLegend(4);
showView();
refresh();
showAbout().catch(() => {});
if (!touched() && location.hash !== '#race') {
  message.focus();
}
