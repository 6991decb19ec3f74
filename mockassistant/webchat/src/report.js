// Reports to a test driver. Only when the page has a binding named
// __webchatspec (a function of one JSON text, made by Runtime.addBinding), the
// widget says through it what it does. Without the binding nothing here runs.
//
// Every report has `kind` and `time` (Date.now() of the page, which a driver
// may have moved). Tokens are complete: the receiver cuts them.
//
//   kind             further members
//   created          integrationID, region, serviceInstanceID, presetToken, security,
//                    lacks (required options that are not in the configuration)
//   refused          reason: why the chat does not begin on this page
//   onLoad           present (the page gave one); again with error if it fails
//   render           -
//   subscribe        type, once
//   call             method, argument, error: one of the one that takes a token,
//                    updateUserID, destroySession, destroy, restartConversation
//   event-fired      type, handlers (how many will be called)
//   handler-settled  type, handler (its place, from 0), returned (type of what
//                    the handler returned), error and its stack; for the event that asks for a token
//                    also value {type, jwt, token} as it stands then, and
//                    late: true when a value is assigned after the event ended
//   request          call (init, config, message, notes, delete), method, url,
//                    token, transaction, messageID
//   response         call, status, transaction, text (of a failure)
//   error            errorType, message, errorCode, detail: what onError gets
//   missing          name: a member of the instance that the page looked for
//                    and that is not there
//   ready            - (chat:ready is about to fire)
//   receive          messageID, text

const reporting = typeof window.__webchatspec === 'function';

// The option debug writes the same to the console, without what is secret.
let debugging = false;
const isSecret = (name) => ['token', 'argument', 'detail'].includes(name);

const report = (kind, details) => {
  if (debugging) {
    console.debug(
      `webchat: ${kind}`,
      JSON.stringify(details, (name, value) => (isSecret(name) ? undefined : value)),
    );
  }
  if (!reporting) return;
  try {
    window.__webchatspec(JSON.stringify({ kind, time: Date.now(), ...details }));
  } catch (error) {
    warn('A report could not be sent.', error);
  }
};

const textOf = (error) => (error === undefined || error === null ? undefined : String(error.message ?? error));

const kindOf = (value) => {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return value.constructor?.name || 'object';
};

const describeToken = (value) => ({
  type: kindOf(value),
  jwt: typeof value === 'string' && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(value),
  token: typeof value === 'string' ? value : undefined,
});

// What was assigned to the member that takes the token, by event.
const assigned = new WeakMap();
const givenToken = (event) => assigned.get(event) ?? null;

// Notes what is assigned to the event, and lets the driver see what comes when
// nobody waits for it any more. Returns the function that says the event has ended.
const watchToken = (event) => {
  let current = event[CONTRACT.member];
  let over = false;
  Object.defineProperty(event, CONTRACT.member, {
    enumerable: true,
    configurable: true,
    get: () => current,
    set: (value) => {
      current = value;
      assigned.set(event, value);
      if (over) report('handler-settled', { type: event.type, late: true, value: describeToken(value) });
    },
  });
  return () => {
    over = true;
  };
};

// Runs a call of the page and reports it with the way it ended.
const reportCall = (method, argument, action) => {
  const ended = (error) => report('call', { method, argument, error: textOf(error) });
  try {
    const result = action();
    if (result instanceof Promise) result.then(() => ended(), ended);
    else ended();
    return result;
  } catch (error) {
    ended(error);
    throw error;
  }
};
