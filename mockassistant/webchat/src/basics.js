// Numbers and small tools that the other parts share. The numbers are the
// observed behaviour of the widget; pages depend on them, so nothing here can
// be configured.

const VERSION = '8.0.0-webchatspec';
const API_VERSION = '2023-09-15';

// How long one message may be tried, counted from its first attempt.
const MESSAGE_LIMIT_MS = 150000;
// The pauses before each retry of a message, the configuration and the notes.
const MESSAGE_RETRIES_MS = [1000, 3000, 5000];
const CONFIG_RETRIES_MS = [100, 1000, 2000, 5000];
const NOTES_RETRIES_MS = [1000, 1000, 1000];
const NOTES_LIMIT_MS = 5000;
// An answer is shown no sooner than this after its question was asked.
const TYPING_MS = 1000;
// The session timer speaks up this long before the server forgets the session.
const SESSION_WARNING_MS = 3000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Lets other promises that are settled go first.
const turns = async (count) => {
  while (count--) await null;
};

const uuid = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages served over plain HTTP have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

// Durations are measured on a clock that no page and no test can move.
const elapsedSince = (start) => performance.now() - start;

const copy = (value) => JSON.parse(JSON.stringify(value));

const freeze = (value) => {
  if (value && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
};

// Puts the members of the later objects over those of the earlier ones, depth
// first. Arrays are replaced as a whole.
const overlay = (base, ...layers) => {
  const isRecord = (value) => value && typeof value === 'object' && !Array.isArray(value);
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer || {})) {
      // What the assistant sends must not reach the prototype of all objects.
      if (key === '__proto__') continue;
      base[key] = isRecord(value) ? overlay(isRecord(base[key]) ? base[key] : {}, value) : value;
    }
  }
  return base;
};

// What stands in after and not in before, or null if nothing was added or
// changed. Removed members are not reported.
const difference = (before, after) => {
  const changed = {};
  for (const [key, value] of Object.entries(after)) {
    const old = before?.[key];
    if (JSON.stringify(old) === JSON.stringify(value)) continue;
    const nested = value && old && typeof value === 'object' && typeof old === 'object' && !Array.isArray(value);
    changed[key] = nested ? difference(old, value) : value;
  }
  return Object.keys(changed).length ? changed : null;
};

// A promise with its two ends in reach.
const deferred = () => {
  const ends = {};
  ends.promise = new Promise((resolve, reject) => Object.assign(ends, { resolve, reject }));
  return ends;
};

// The promise, or a rejection when it takes longer than the limit.
const within = (promise, ms) => {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(reject, ms, `The operation timed out after ${ms}ms`);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
};

// Runs the attempt until it resolves, pausing between the attempts; rejects
// with the last failure when the pauses are used up.
const retry = async (pauses, attempt) => {
  for (const pause of pauses) {
    try {
      return await attempt();
    } catch (failure) {
      warn('An attempt failed and is repeated.', failure);
    }
    await sleep(pause);
  }
  return attempt();
};

const warn = (...details) => console.error('webchat:', ...details);
