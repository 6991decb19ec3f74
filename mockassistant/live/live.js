// The live page: what came, what became of it, and the controls. Everything it
// does is a call of the management API, which docs/mock.md describes.

const kept = 200; // messages shown; the assistant keeps more

const get = (id) => document.getElementById(id);

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

// ask calls the management API, and shows what it objects to.
const ask = async (method, path, body) => {
  const answer = await fetch(path, { method, body: body && JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : {};
  if (!answer.ok) get('problem').textContent = value.error;
  return value;
};

// act changes something and shows the state after it.
const act = async (method, path, body) => {
  get('problem').textContent = '';
  await ask(method, path, body);
  await showState();
};

let offset = 0; // of the assistant's clock, in milliseconds

const tick = () => {
  get('clock').textContent = new Date(Date.now() + offset).toLocaleTimeString('en-GB');
};

const showState = async () => {
  const state = await ask('GET', 'status');
  get('security').checked = state.security;
  get('security-note').textContent = state.security
    ? 'Sessions are bound to the sub claim. The preview link is disabled.'
    : 'Anyone may send. The preview link works.';
  get('payload-key').hidden = !state.security;
  offset = new Date(state.clock.now) - Date.now();
  get('offset').textContent = state.clock.offset === '0s' ? 'real time' : `${state.clock.offset} off`;
  tick();
  if (!get('fault-name').length) {
    get('fault-name').append(...state.faultNames.map((name) => new Option(name)));
    get('fault-name').value = 'token-expired';
  }
  get('faults').replaceChildren(...state.faults.map((fault) => element('li', { textContent: fault })));
  get('faults-clear').hidden = !state.faults.length;
  await showSessions();
};

const showSessions = async () => {
  const { sessions } = await ask('GET', 'sessions');
  get('sessions').replaceChildren(...sessions.slice(-20).reverse().map((session) =>
    element('li', {},
      element('strong', { textContent: session.user || 'anonymous' }),
      element('div', { className: 'quiet', textContent: `${session.id}, ${session.turns} ${session.turns === 1 ? 'message' : 'messages'}` }),
      ...(session.private ? [element('pre', { textContent: JSON.stringify(session.private, null, 2) })] : []),
    )));
  if (!sessions.length) get('sessions').append(element('li', { className: 'quiet', textContent: 'None yet.' }));
};

const pretty = (value) => element('pre', { textContent: JSON.stringify(value, null, 2) });

// inWords tells a claim's instant relative to the moment the message came.
const inWords = (seconds, message) => {
  if (typeof seconds !== 'number') return 'not a number';
  const away = Math.round(seconds - new Date(message.time) / 1000);
  const size = Math.abs(away);
  const text = size < 120 ? `${size} s` : size < 7200 ? `${Math.round(size / 60)} min` : `${Math.round(size / 3600)} h`;
  return `${away > 0 ? `${text} after` : `${text} before`} this message`;
};

const tokenRows = (message) => {
  const { token } = message;
  if (!token) return [['Token', 'none came']];
  const { claims } = token;
  const rows = [];
  if (claims && typeof claims === 'object') {
    if ('sub' in claims) rows.push(['User (sub)', String(claims.sub)]);
    rows.push(['Expires (exp)', 'exp' in claims ? inWords(claims.exp, message) : 'never: there is no exp']);
    if ('iat' in claims) rows.push(['Issued (iat)', inWords(claims.iat, message)]);
  }
  for (const { must, what, fix, check } of token.advice || []) {
    rows.push([must ? 'Breaks a rule' : 'Advice', `${what}: ${fix} (${check})`]);
  }
  if (token.header !== undefined) rows.push(['Token header', pretty(token.header)]);
  if (claims !== undefined) rows.push(['Token claims', pretty(claims)]);
  rows.push(['Token text', element('pre', { textContent: token.cut })], ['Fingerprint', token.fingerprint || 'none']);
  return rows;
};

const verdictText = ({ verdict, enforced }) => {
  const said = verdict.accepted ? 'accepted' : verdict.name ? `${verdict.name}: ${verdict.message} (step ${verdict.step})` : 'not checked: there is no key';
  return enforced ? said : `${said}; it does not count while security is off`;
};

const what = (message) => {
  if (message.welcome) return 'Welcome';
  if (message.text) return `“${message.text}”`;
  return { config: 'Chat opened', message: 'Message', notes: 'History read', delete: 'Session ended' }[message.call];
};

const row = (message) => {
  const good = message.status < 400;
  const rows = [
    ['Verdict', verdictText(message)],
    ...(message.fault ? [['Made to fail by', message.fault]] : []),
    ...(message.private === undefined ? [] : [['Private variables', pretty(message.private)]]),
    ...tokenRows(message),
    ['Session', message.session || 'none'],
    ['Transaction', message.transactionId || 'none'],
  ];
  return element('li', {}, element('details', {},
    element('summary', {},
      element('span', { className: `status ${good ? 'good' : 'bad'}`, textContent: `${good ? '✓' : '✗'} ${message.status}` }),
      element('span', { className: 'what', textContent: what(message) }),
      element('span', { className: 'when', textContent: new Date(message.time).toLocaleTimeString('en-GB') }),
      element('span', { className: 'why', textContent: `${message.user ? `${message.user}: ` : ''}${message.reason}${message.fault ? ` (${message.fault})` : ''}` }),
    ),
    element('div', { className: 'body' },
      ...(message.hint ? [element('p', { className: 'hint', textContent: message.hint })] : []),
      element('dl', {}, ...rows.flatMap(([name, value]) => [element('dt', { textContent: name }), element('dd', {}, value)])),
    ),
  ));
};

let arrived = []; // messages since the last frame: a storm shall not freeze the page

const showArrived = () => {
  if (!arrived.length) return;
  get('empty').hidden = true;
  get('messages').prepend(...arrived.slice(-kept).reverse().map(row));
  while (get('messages').childElementCount > kept) get('messages').lastElementChild.remove();
  arrived = [];
};

const add = (message) => {
  arrived.push(message);
  if (arrived.length > 2 * kept) arrived = arrived.slice(-kept);
  requestAnimationFrame(showArrived);
};

const showMessages = async () => {
  const { messages } = await ask('GET', 'history');
  arrived = messages;
  get('messages').replaceChildren();
  get('empty').hidden = false;
  showArrived();
};

let refresh; // many events in a row cause one look at the state

const watch = () => {
  const events = new EventSource('events');
  events.addEventListener('open', async () => {
    get('connection').textContent = 'Live';
    await showMessages();
    await showState();
  });
  events.addEventListener('error', () => {
    get('connection').textContent = 'The assistant is not there; waiting for it…';
  });
  events.addEventListener('verdict', (event) => {
    add(JSON.parse(event.data).message);
    clearTimeout(refresh);
    refresh = setTimeout(showState, 200);
  });
};

get('security').addEventListener('change', (event) => act('PUT', 'security', { on: event.target.checked }));
get('keys').addEventListener('toggle', async () => {
  if (get('keys').open) get('key-texts').value = (await ask('GET', 'keys')).publicKeys.join('\n');
});
get('keys-use').addEventListener('click', () => {
  // A key in PEM ends with its last line; what has no such line is one text as it is.
  const texts = get('key-texts').value.match(/[^]*?-----END [A-Z ]+-----|[^]*\S[^]*/g) || [];
  act('PUT', 'keys', { publicKeys: texts.map((text) => `${text.trim()}\n`).filter((text) => text.trim()) });
});
get('clock-reset').addEventListener('click', () => act('DELETE', 'clock'));
for (const button of document.querySelectorAll('[data-advance]')) {
  button.addEventListener('click', () => act('PUT', 'clock', { advance: button.dataset.advance }));
}
get('fault-name').addEventListener('change', (event) => {
  get('fault-value-label').hidden = !['slow', 'clock-skew'].includes(event.target.value);
});
get('fault-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const value = get('fault-value-label').hidden ? '' : `=${get('fault-value').value}`;
  const count = get('fault-count').value && `,for=${get('fault-count').value}`;
  act('POST', 'faults', { fault: `${get('fault-name').value}${value}${count},on=${get('fault-call').value}` });
});
get('faults-clear').addEventListener('click', () => act('DELETE', 'faults'));
get('messages-clear').addEventListener('click', async () => {
  await ask('DELETE', 'history');
  await showMessages();
});
get('reset').addEventListener('click', async () => {
  await act('POST', 'reset');
  await showMessages();
});
setInterval(tick, 1000);
watch();
