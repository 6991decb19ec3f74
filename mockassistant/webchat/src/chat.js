// One chat: holds its parts together, sends and receives, and owns the session.

class Chat {
  // How often the conversation was started anew; an answer to an earlier one
  // is dropped.
  restarts = 0;

  #sessionTimer;
  #lastContext = null;

  constructor(options, initialConfig) {
    this.options = options;
    this.events = new Events();
    this.memory = new Memory(this, options);
    this.identity = new Identity(this, initialConfig.authorization);
    this.wire = new Wire(options, () => this.identity.token);
    this.outbox = new Outbox(this);
    this.opening = new Opening(this);
    this.views = new Views(this);
    this.screen = new Screen(this);
    if (options.identityToken) this.identity.accept(options.identityToken);
  }

  // Fires an event of the chat as a whole. Those of a message's way out and of
  // the token go to events.fire, whose promise settles a moment sooner: pages
  // see the difference in the order of things.
  async fire(event) {
    return this.events.fire(event);
  }

  // Tells the page of an error; covering puts the error panel over the window.
  failed(details, covering) {
    if (covering) {
      details.catastrophicErrorType = 'FAILED';
      this.screen.cover(true);
    }
    warn(details.message, details);
    this.tellPage(details);
  }

  tellPage(details) {
    const { errorType, message, errorCode, otherData } = details;
    report('error', { errorType, message, errorCode, detail: textOf(otherData) });
    try {
      this.options.onError?.(details);
    } catch (error) {
      warn('onError threw.', error);
    }
  }

  // Sends a text or a request object. The first message of a chat that was
  // never opened opens it and takes the place of the welcome.
  async send(message, source, options) {
    const request = typeof message === 'string' ? textRequest(message) : copy(message);
    const settings = { ...options };
    // Nobody watches a closed window, so nobody needs to see the answer typed.
    settings.quick ??= this.memory.view.launcher || !this.opening.done;
    if (this.opening.begun) {
      await this.opening.begun;
      await this.post(request, source, settings);
    } else {
      await this.opening.open({ request, source, options: settings });
    }
  }

  // Sends without waiting for the chat to be open.
  async post(message, source, options) {
    completeRequest(message);
    if (options.silent) message.history.silent = true;
    if (!message.history.silent) this.screen.addRequest(message);
    await this.outbox.send(message, source, options);
  }

  // Records a change of a message with the assistant's history.
  async updateHistory(messageID, change) {
    if (this.memory.isOff) return;
    try {
      await this.outbox.send(historyEvent(messageID, change), 'historyUpdate');
    } catch (error) {
      warn('The history could not be updated.', error);
    }
  }

  addContext(message) {
    const kept = isWelcome(message) ? null : this.#lastContext;
    const { skills, integrations } = kept || {};
    message.context = overlay({}, kept && { skills: skills || {}, integrations: integrations || {} }, message.context);
  }

  // The body of a message request. The first of a session names the time zone,
  // which takes the widget a moment to find out.
  async requestBody(message) {
    const { sessionID: session_id } = this.memory;
    if (!session_id && !message.context?.global?.system?.timezone) {
      const { timeZone: timezone } = await Intl.DateTimeFormat().resolvedOptions();
      overlay(message, { context: { global: { system: { timezone } } } });
    }
    return { value: message, session_id, user_id: this.identity.userID };
  }

  // Takes an answer of the assistant, or a message that the page adds itself.
  async receive(message, item) {
    const restarts = this.restarts;
    message.id ||= uuid();
    const original = copy(message);
    const before = { type: 'pre:receive', data: message, updateHistory: true };
    await this.fire(before);
    if (restarts !== this.restarts) return;
    const welcome = Boolean(item && isWelcome(item.message));
    if (!welcome) await this.#pause(message, item);
    if (restarts !== this.restarts) return;
    const change = before.updateHistory && difference(original, message);
    if (change) this.updateHistory(message.id, change);
    if (message.context) this.#lastContext = message.context;
    if (message.output === undefined) this.screen.addError();
    else this.screen.addResponse(message);
    freeze(message);
    const texts = partsOf(message).map((part) => part.text);
    report('receive', { messageID: item?.message.id, text: texts.filter(Boolean).join('\n') });
    await this.fire({ type: 'receive', data: message });
  }

  async #pause(message, item) {
    this.memory.noteUserHasSpoken();
    if (!item || item.options.quick || !partsOf(message).length) return;
    const rest = TYPING_MS - elapsedSince(item.queuedAt);
    if (rest > 0) await sleep(rest);
  }

  // Starts the timer for the session's end that the answer announces.
  watchSession(answer) {
    const seconds = Number(answer.header('x-watson-session-timeout'));
    if (!seconds || this.memory.isOff) return;
    clearTimeout(this.#sessionTimer);
    const { sessionID: id } = this.memory;
    this.#sessionTimer = setTimeout(
      () => {
        this.fire({ type: 'sessionExpired', session: { id } }).catch((error) => warn('A handler failed.', error));
        this.screen.addNote(SESSION_EXPIRED_TEXT);
      },
      Math.min(seconds * 1000 - SESSION_WARNING_MS, LONGEST_TIMER_MS),
    );
  }

  // Ends the session in the browser and on the server.
  async destroySession(keepView) {
    const { sessionID, view } = this.memory;
    this.outbox.cancelAll();
    this.memory.reset(keepView ? view : LAUNCHER_VIEW);
    this.screen.show(this.memory.view);
    await this.deleteSession(sessionID);
  }

  // Deletes a session on the server. An expired token is renewed once; any
  // other failure is only noted, for the session will end by itself.
  async deleteSession(sessionID) {
    if (!sessionID) return;
    try {
      let answer = await this.wire.deleteSession(sessionID);
      if (isTokenError(answer, this.identity.security)) {
        await this.identity.renew();
        answer = await this.wire.deleteSession(sessionID);
      }
      if (!answer.ok) warn('The session was not deleted.', answer.status, answer.text);
    } catch (error) {
      warn('The session was not deleted.', error);
    }
  }

  forgetContext() {
    this.#lastContext = null;
  }
}
