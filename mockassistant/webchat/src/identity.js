// Who the visitor is: the identity token and the user id that goes with it.

class InvalidTokenError extends Error {
  name = 'InvalidTokenError';

  constructor(reason) {
    super(`Invalid token specified: ${reason}`);
  }
}

const decodeBase64URL = (part) => {
  const text = part.replace(/-/g, '+').replace(/_/g, '/');
  if (text.length % 4 === 1) throw new Error('base64 string is not of the correct length');
  const binary = atob(text);
  try {
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return binary;
  }
};

// The claims of a token. The signature is the assistant's business.
const decodeClaims = (token) => {
  if (typeof token !== 'string') throw new InvalidTokenError('must be a string');
  const payload = token.split('.')[1];
  if (payload === undefined) throw new InvalidTokenError('missing part #2');
  let text;
  try {
    text = decodeBase64URL(payload);
  } catch (error) {
    throw new InvalidTokenError(`invalid base64 for part #2 (${error.message})`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidTokenError(`invalid json for part #2 (${error.message})`);
  }
};

// Whether an answer of the assistant means that another token might help.
const isTokenError = (answer, security) => {
  const says = (phrase) => answer.text.includes(phrase);
  switch (answer.status) {
    case 400:
      return (
        says('token provided is malformed') || says('Authorization header provided but does not follow JWT format')
      );
    case 401:
      return says('token expired');
    case 403:
      return Boolean(security.is_on);
    default:
      return false;
  }
};

class Identity {
  token = null;
  userID = null;
  #asking = null; // the event that asks the page for a token, while it runs

  // security is the switch from the initial configuration; undefined where the
  // integration does not say.
  constructor(chat, security) {
    this.chat = chat;
    this.security = security || {};
    this.securityIsOff = Boolean(security) && !security.is_on;
  }

  // Takes a token from the page. Throws if it cannot be one, or if it is
  // another user's than the one before.
  accept(token) {
    if (this.securityIsOff) {
      throw new Error('You cannot add an identity token if security is not turned on.');
    }
    const { sub } = this.#claims(token);
    if (this.userID && this.userID !== sub && !this.#isAnonymous()) {
      const subject = this.token ? '"sub" claim' : 'userID';
      throw new Error(`The ${subject} is already set to "${this.userID}" and cannot be changed to "${sub}"`);
    }
    this.#become(sub);
    this.token = token;
  }

  // Takes a token that the page gives by itself. In some contracts that answers the
  // event, too.
  update(token) {
    this.accept(token);
    if (CONTRACT.updateAnswers && this.#asking) this.#asking[CONTRACT.member] = token;
  }

  // Takes a user id from a page that works without tokens.
  setUser(id) {
    if (this.token) {
      throw new Error(
        'Unable to update the userID. Once the user is set in as the "sub" claim in your JWT identity token, ' +
          'it cannot be changed.',
      );
    }
    if (this.security.is_on) {
      throw new Error(
        'Unable to update the userID directly. You must use the "sub" claim inside your JWT identity token.',
      );
    }
    if (this.userID && this.userID !== id && !this.#isAnonymous()) {
      throw new Error(`The userID is already set to "${this.userID}" and cannot be changed to "${id}"`);
    }
    this.#become(id);
  }

  // Gives a visitor whom nobody named an id that a cookie remembers.
  ensureUser() {
    if (!this.userID) {
      this.userID = this.chat.memory.anonymousUser();
      this.chat.memory.userKnown(this.userID);
    }
  }

  // Asks the page for a token and takes it. When that fails, onError hears why
  // and the promise rejects; covering says that the chat cannot go on without.
  async renew(covering) {
    const event = { type: CONTRACT.event, [CONTRACT.member]: CONTRACT.eventHasToken ? this.token : null };
    const ended = watchToken(event);
    this.#asking = event;
    try {
      await within(this.chat.events.fire(event), CONTRACT.handlerSeconds * 1000);
    } catch (error) {
      this.#refuse('but an error was thrown by a handler.', covering, error);
      throw error;
    } finally {
      ended();
      this.#asking = null;
    }
    const token = givenToken(event);
    if (!token || typeof token !== 'string') {
      const why = token ? 'but the handler returned a non-string token.' : 'but no token was set by a handler.';
      throw new Error(this.#refuse(why, covering));
    }
    try {
      this.accept(token);
    } catch (error) {
      this.#refuse('but an error was thrown.', covering, error);
      throw error;
    }
  }

  #refuse(why, covering, otherData) {
    const message = `A request for a new identity token was made using the ${CONTRACT.event} event ${why}`;
    this.chat.failed({ errorType: 'IDENTITY_TOKEN', message, otherData }, covering);
    return message;
  }

  #claims(token) {
    try {
      const claims = decodeClaims(token);
      if (!claims.sub) throw new Error('The "sub" claim is required in your identityToken.');
      if (!claims.exp) console.info('webchat: The identity token has no exp claim and never expires.');
      return claims;
    } catch (error) {
      this.chat.tellPage({
        errorType: 'IDENTITY_TOKEN',
        message: 'The provided JWT (identity token) is not valid.',
        otherData: error,
      });
      throw error;
    }
  }

  #isAnonymous() {
    return !this.token && this.userID === this.chat.memory.rememberedAnonymousUser();
  }

  #become(user) {
    if (this.userID === user) return;
    const before = this.userID;
    this.userID = user;
    this.chat.memory.forgetAnonymousUser();
    if (before) this.chat.memory.userChanged(before, user);
    else this.chat.memory.userKnown(user);
  }
}
