// Opening the chat for the first time, and starting the conversation anew.

class Opening {
  // The promise of the opening that was begun, whatever became of it: a failed
  // opening keeps failing everything that waits for it until a restart.
  begun = null;
  done = false;

  #busy = false;
  #restarting = false;
  #loaded = false;

  constructor(chat) {
    this.chat = chat;
  }

  // Opens the chat, with the given message in the place of the welcome.
  async open(first) {
    const begins = !this.begun;
    try {
      if (begins) {
        this.#busy = true;
        this.begun = this.#open(first);
      }
      await this.begun;
    } finally {
      this.#busy = false;
    }
    if (begins) {
      report('ready');
      await this.chat.fire({ type: 'chat:ready' });
    }
  }

  async #open(first) {
    const { chat } = this;
    let history = null;
    if (!this.#loaded) {
      await this.#loadConfig(true);
      chat.identity.ensureUser();
      history = await this.#loadHistory();
    }
    if (history) chat.screen.addHistory(history);
    else if (!first) await chat.post(welcomeRequest(), 'welcomeRequest', {});
    if (first) await chat.post(first.request, first.source, first.options);
    this.#setDone();
    this.#loaded = true;
    if (history) this.#resume(history.at(-1));
  }

  #setDone() {
    this.done = true;
    this.chat.screen.setReady(true);
  }

  // Loads the main configuration. A rejected token gets one renewal.
  async #loadConfig(mayRenew) {
    const { identity, wire } = this.chat;
    if (!identity.token && identity.security.is_on) await identity.renew(true);
    const transactionID = identity.token ? uuid() : undefined;
    let answer;
    try {
      answer = await retry(CONFIG_RETRIES_MS, async () => {
        const given = await wire.config(transactionID);
        if (given.ok || given.status === 429 || isTokenError(given, identity.security)) return given;
        throw given;
      });
    } catch (failure) {
      const message = 'The main configuration data could not be loaded.';
      this.#cannotOpen('OPEN_CONFIG', message, failure, transactionID);
      throw new Error(message);
    }
    // The limit on calls closes the chat without a word.
    if (answer.status === 429) throw new Error('The main configuration data could not be loaded.');
    if (!answer.ok && mayRenew) {
      await identity.renew(true);
      await this.#loadConfig(false);
    } else if (!answer.ok) {
      const message = 'A valid identity token is required to communicate with the integration.';
      this.#cannotOpen('IDENTITY_TOKEN', message, answer, transactionID);
      throw new Error();
    } else {
      JSON.parse(answer.text);
    }
  }

  #cannotOpen(errorType, message, { status: errorCode, text: otherData }, transactionID) {
    this.chat.failed({ errorType, message, errorCode, otherData, transactionID }, true);
  }

  // The stored conversation, or null if there is none that can be continued.
  async #loadHistory() {
    const { chat } = this;
    const { sessionID } = chat.memory;
    if (!sessionID || chat.memory.isOff) return null;
    let notes;
    try {
      const answer = await within(
        retry(NOTES_RETRIES_MS, () => this.#askNotes(sessionID)),
        NOTES_LIMIT_MS,
      );
      if (answer.ok) {
        chat.watchSession(answer);
        ({ notes } = JSON.parse(answer.text));
      }
    } catch (error) {
      warn('The history could not be loaded.', error);
    }
    if (!notes) {
      chat.destroySession(true);
      return null;
    }
    try {
      return await this.#showHistory(messagesOfNotes(notes));
    } catch (error) {
      warn('The history could not be used.', error);
      return null;
    }
  }

  async #showHistory(messages) {
    if (!messages.length) return null;
    const { events } = this.chat;
    await events.fire({ type: 'history:begin', messages: Object.freeze(messages) });
    freeze(messages);
    await events.fire({ type: 'history:end', messages });
    return messages;
  }

  async #askNotes(sessionID) {
    const answer = await this.chat.wire.notes(sessionID);
    if (answer.status !== 200 && answer.status !== 404) throw new Error(`Status code error ${answer.status}`);
    return answer;
  }

  // A question that the visitor did not wait for is asked again.
  #resume(last) {
    if (!last.input || last.history.silent) return;
    const options = { first: true, silent: true };
    this.chat.outbox.send(copy(last), 'hydrateResend', options).catch((error) => warn('No answer.', error));
  }

  // Starts the conversation anew: a new session and, with the window open, a
  // new welcome.
  async restart() {
    if (this.#restarting) {
      console.warn('webchat: The conversation is being restarted already.');
      return;
    }
    this.#restarting = true;
    try {
      await this.#restart();
    } finally {
      this.#restarting = false;
    }
  }

  async #restart() {
    const { chat } = this;
    await chat.fire({ type: 'pre:restartConversation' });
    chat.restarts++;
    if (!chat.identity.userID) chat.memory.discardStoredSession = true;
    if (this.#busy) await this.begun;
    chat.outbox.cancelAll();
    await chat.deleteSession(chat.memory.sessionID);
    chat.memory.setSession(null);
    chat.forgetContext();
    chat.screen.clear();
    this.done = false;
    this.begun = null;
    await chat.fire({ type: 'restartConversation' });
    if (this.#busy) await this.begun;
    if (this.done) return;
    this.begun = null;
    if (chat.memory.view.mainWindow) await this.open();
  }
}
