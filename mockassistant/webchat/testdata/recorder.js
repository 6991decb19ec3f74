// Runs in the page before the widget and writes down, in one order, what the
// widget asks of the assistant, which events it fires, what the issuer is asked
// and how send() ends. A line is one happening.

const lines = [];
const note = (line) => void lines.push(line);
const realFetch = window.fetch.bind(window);
const realSetTimeout = window.setTimeout.bind(window);
const pause = (ms) => new Promise((done) => realSetTimeout(done, ms));

// --- tokens -----------------------------------------------------------------

const tokens = new Map();
const nameOf = (token) =>
  token === undefined || token === 'undefined' ? 'undefined' : tokens.get(token) || `"${token}"`;
const encode = (value) => btoa(JSON.stringify(value)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

// A token in form only: the assistant here accepts and rejects by its script.
const makeToken = (name, sub = 'user-1', claims = { exp: 4102444800 }) => {
  const token = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ sub, ...claims, name })}.c2ln`;
  tokens.set(token, name);
  return token;
};

let issued = Number(sessionStorage.getItem('issued') || 0);
// The site's token endpoint: takes a moment, gives T1, T2 and so on.
const issue = async (sub, { ms = 5, claims } = {}) => {
  const name = `T${++issued}`;
  sessionStorage.setItem('issued', issued);
  note(`issuer: ${name}`);
  await pause(ms);
  return makeToken(name, sub, claims);
};

// --- what the widget does ---------------------------------------------------

// The length of the timer that runs now, so that a repeated request can say
// what it waited for, whatever the machine's speed.
const retryPauses = [100, 1000, 2000, 3000, 5000];
let waited = 0;
window.setTimeout = (action, ms, ...details) =>
  realSetTimeout(() => {
    waited = ms;
    realSetTimeout(() => (waited = 0));
    action(...details);
  }, ms);

const seenMessages = new Map();
let pendingRequests = 0;

const labelOf = (value) => {
  if (value.input.message_type === 'event') {
    const { name, partial_message: change } = value.input.event;
    return `${name} ${JSON.stringify(change)}`;
  }
  return value.history.is_welcome_request ? 'welcome' : `"${value.input.text}"`;
};

const describeMessage = (body, transaction) => {
  const { value, session_id: session, user_id: user } = body;
  const before = seenMessages.get(value.id);
  seenMessages.set(value.id, transaction);
  const again = before && (before === transaction ? ', again' : ', again with another transaction');
  return `${labelOf(value)} in ${session || 'no session'} as ${/^anonymous/.test(user) ? 'anonymous' : user}${again || ''}`;
};

const describeRequest = (url, { method = 'GET', headers = {}, body }) => {
  const { pathname, search } = new URL(url);
  const path = pathname.replace(/^.*?\/chat\/[^/]+/, '');
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization');
  const transaction = headers['X-Global-Transaction-ID'];
  const token = given ? nameOf(given[1]?.replace(/^Bearer /, '').trim()) : 'no token';
  const query = search.replace('?version=2023-09-15', '');
  const after = retryPauses.includes(waited) ? `, after ${waited} ms` : '';
  const what = body ? ` ${describeMessage(JSON.parse(body), transaction)}` : '';
  return `${method} ${path}${query} (${token})${what}${after}`;
};

window.fetch = async (url, request = {}) => {
  if (!String(url).includes('/chat/')) return realFetch(url, request);
  note(describeRequest(url, request));
  pendingRequests++;
  try {
    const response = await realFetch(url, request);
    // Nothing waits for a session's end, so its good answer has no place in the order.
    if (request.method !== 'DELETE' || !response.ok) note(`  ${response.status}`);
    return response;
  } catch (error) {
    note('  no answer');
    throw error;
  } finally {
    pendingRequests--;
  }
};

const brief = (value) => (value instanceof Error ? value.message : typeof value === 'string' ? value.trim() : '');

const onError = ({ errorType, message, errorCode, otherData }) => {
  const detail = brief(otherData);
  note(`onError ${errorType} ${errorCode ?? '-'}: ${message}${detail ? ` [${detail}]` : ''}`);
};

const describeEvent = (event) => {
  switch (event.type) {
    case 'pre:send':
    case 'send':
      return ` ${labelOf(event.data)} (${event.source})`;
    case 'pre:receive':
    case 'receive':
      return ` ${JSON.stringify(event.data.output?.generic?.[0]?.text)}`;
    case 'history:begin':
    case 'history:end':
      return ` ${event.messages.length}`;
    case 'identityTokenExpired':
      return ` ${event.identityToken}`;
    default:
      return event.reason ? ` ${event.reason}` : '';
  }
};

// --- for the scenarios ------------------------------------------------------

const quietEvents = [
  'pre:send',
  'send',
  'pre:receive',
  'receive',
  'chat:ready',
  'history:begin',
  'history:end',
  'pre:restartConversation',
  'restartConversation',
  'identityTokenExpired',
  'sessionExpired',
];
const viewEvents = [
  'view:pre:change',
  'view:change',
  'window:pre:open',
  'window:open',
  'window:pre:close',
  'window:close',
];
let watchedEvents = quietEvents;

let options = {
  integrationID: 'integration-1',
  region: 'us-south',
  serviceInstanceID: 'instance-1',
  servers: { assistantURLPrefix: window.assistantURL },
  onError,
};

// What the page does with the instance; a scenario replaces it.
let subscribe = (instance) => {
  instance.on({
    type: 'identityTokenExpired',
    handler: async (event) => {
      event.identityToken = await issue();
    },
  });
};
let renders = true;
let instance;
let rendered;
let markLoaded;
const loaded = new Promise((done) => (markLoaded = done));

// Plays one part of the scenario and returns what was written down.
const play = async (steps) => {
  await Promise.race([loaded, quiet(500)]);
  await rendered;
  await steps();
  await quiet();
  return lines;
};

const attempt = (label, action) => {
  let result;
  try {
    result = action();
  } catch (error) {
    note(`${label} throws: ${error.message}`);
    return undefined;
  }
  if (!(result instanceof Promise)) {
    note(`${label} returns`);
    return result;
  }
  return result.then(
    () => note(`${label} resolved`),
    (error) => note(`${label} rejected: ${error.message ?? error}`),
  );
};

const say = (text, settings) => attempt(`send "${text}"`, () => instance.send(text, settings));
const open = () => attempt('openWindow', () => instance.openWindow());
const close = () => attempt('closeWindow', () => instance.closeWindow());

// Waits until the log holds the line, or lines, that begin so.
const seen = async (start, times = 1, seconds = 15) => {
  const end = performance.now() + seconds * 1000;
  while (lines.filter((line) => line.trim().startsWith(start)).length < times) {
    if (performance.now() > end) return note(`(waited in vain for: ${start})`);
    await pause(5);
  }
};

// Waits until nothing has happened for a while.
const quiet = async (ms = 250) => {
  let count = -1;
  while (count !== lines.length || pendingRequests) {
    count = lines.length;
    await pause(ms);
  }
};

// Opens the window and waits until the chat can be used.
const ready = async () => {
  await open();
  await seen('event chat:ready');
};

const panel = () => {
  const shown = document.querySelector('.WACCatastrophicError, [class*="CatastrophicError"]');
  return shown && shown.checkVisibility() ? 'panel' : 'no panel';
};

options.onLoad = (made) => {
  note('onLoad');
  instance = made;
  for (const type of watchedEvents) {
    instance.on({ type, handler: (event) => note(`event ${type}${describeEvent(event)}`) });
  }
  subscribe(instance);
  if (renders) rendered = instance.render();
  markLoaded();
};
