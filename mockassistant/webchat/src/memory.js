// What outlives a reload: the view and the session id in sessionStorage, the
// anonymous visitor's id in a cookie. Never the token.

const ANONYMOUS_USER = 'IBM_WAC_ANONYMOUS_USER_ID';
const ANONYMOUS_USER_SECONDS = 45 * 24 * 60 * 60;

const CLOSED_VIEW = freeze({ launcher: false, mainWindow: false, tour: false });
const LAUNCHER_VIEW = freeze({ launcher: true, mainWindow: false, tour: false });
const WINDOW_VIEW = freeze({ launcher: false, mainWindow: true, tour: false });

// A store that may be missing (blocked by the browser's settings) or full.
const storage = {
  read(key) {
    try {
      return JSON.parse(window.sessionStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      window.sessionStorage.setItem(key, JSON.stringify(value));
    } catch (error) {
      warn('The session could not be stored.', error);
    }
  },
  remove(key) {
    try {
      window.sessionStorage.removeItem(key);
    } catch {
      // There is no store, so there is nothing to remove.
    }
  },
};

class Memory {
  view = CLOSED_VIEW;
  // Undefined before the first session, null between sessions.
  sessionID = undefined;
  userHasSpoken = false;

  // The next stored session is to be deleted instead of continued.
  discardStoredSession = false;

  constructor(chat, { integrationID, namespace, disableSessionHistory }) {
    this.chat = chat;
    this.prefix = `webchat-stand-in:${namespace?.trim() || ''}:${integrationID}`;
    this.isOff = Boolean(disableSessionHistory);
    // The view that the visitor left, or null on the first page of a visit.
    this.leftView = this.isOff ? null : storage.read(`${this.prefix}:view`);
  }

  setView(view) {
    this.view = view;
    this.#save();
  }

  setSession(id) {
    this.sessionID = id;
    this.#save();
  }

  noteUserHasSpoken() {
    this.userHasSpoken = true;
    this.#save();
  }

  // Continues the stored session of the user, who has just become known.
  userKnown(user) {
    const stored = this.isOff ? null : storage.read(this.#sessionKey(user));
    if (!stored) return;
    if (this.discardStoredSession && stored.sessionID) {
      this.chat.deleteSession(stored.sessionID);
      stored.sessionID = null;
    }
    this.discardStoredSession = false;
    this.sessionID = stored.sessionID;
    this.userHasSpoken = stored.userHasSpoken;
  }

  // Hands the session of one user over to another.
  userChanged(before, user) {
    storage.remove(this.#sessionKey(before));
    this.#save(user);
  }

  // Forgets session and view.
  reset(view) {
    this.sessionID = null;
    this.userHasSpoken = false;
    this.setView(view);
  }

  anonymousUser() {
    const user = this.rememberedAnonymousUser() || `anonymous_IBMuid-${uuid()}`;
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `${ANONYMOUS_USER}=${user}; Path=/; Max-Age=${ANONYMOUS_USER_SECONDS}; SameSite=Lax${secure}`;
    if (this.rememberedAnonymousUser() !== user) storage.write(ANONYMOUS_USER, user);
    return user;
  }

  rememberedAnonymousUser() {
    const cookie = document.cookie.split('; ').find((pair) => pair.startsWith(`${ANONYMOUS_USER}=`));
    return cookie?.slice(ANONYMOUS_USER.length + 1) || storage.read(ANONYMOUS_USER);
  }

  forgetAnonymousUser() {
    document.cookie = `${ANONYMOUS_USER}=; Path=/; Max-Age=0`;
    storage.remove(ANONYMOUS_USER);
  }

  #save(user = this.chat.identity?.userID) {
    if (this.isOff) return;
    storage.write(`${this.prefix}:view`, this.view);
    if (user) {
      const { sessionID, userHasSpoken } = this;
      storage.write(this.#sessionKey(user), { sessionID, userHasSpoken });
    }
  }

  #sessionKey(user) {
    return `${this.prefix}:session:${user}`;
  }
}
