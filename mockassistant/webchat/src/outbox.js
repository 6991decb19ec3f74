// The serial queue of messages. One message is under way at a time; the others
// wait until it has its answer or has finally failed.

const isEvent = (message) => message.input.message_type === 'event';
const isWelcome = (message) => Boolean(message.history.is_welcome_request);

class Outbox {
  #waiting = [];
  #current = null;

  constructor(chat) {
    this.chat = chat;
  }

  // Queues a message. The promise resolves when its answer has been received
  // and rejects when it has finally failed.
  send(message, source, options = {}) {
    message.history.timestamp ||= Date.now();
    message.input.message_type ||= 'text';
    const item = {
      message,
      source,
      options,
      end: deferred(),
      transaction: uuid(),
      queuedAt: performance.now(),
      startedAt: 0,
      retries: 0,
      over: false,
      lastAnswer: null,
      limit: undefined,
    };
    if (options.first) this.#waiting.unshift(item);
    else this.#waiting.push(item);
    this.#startNext();
    return item.end.promise;
  }

  // Fails every message, the one under way and those that wait.
  cancelAll() {
    while (this.#waiting.length) this.#reject(this.#waiting.shift(), 'Message was cancelled');
    if (this.#current) this.#reject(this.#current, 'Message was cancelled');
  }

  get size() {
    return this.#waiting.length + (this.#current ? 1 : 0);
  }

  async #startNext() {
    if (this.#current || !this.#waiting.length) return;
    const item = this.#waiting.shift();
    this.#current = item;
    item.startedAt = performance.now();
    if (!isEvent(item.message)) {
      this.chat.addContext(item.message);
      if (!isWelcome(item.message)) this.#limit(item);
      const { message: data, source } = item;
      const takeBack = offerVariables(data);
      await this.chat.events.fire({ type: 'pre:send', data, source });
      takeBack();
      if (item.over) return;
      freeze(data);
      await this.chat.events.fire({ type: 'send', data, source });
    }
    this.#post(item);
  }

  #advance() {
    this.#current = null;
    this.#startNext();
  }

  #limit(item) {
    item.limit = setTimeout(async () => {
      const { lastAnswer, transaction: transactionID } = item;
      this.#reject(item, 'Message was cancelled');
      // The widget reads the last answer once more before it speaks up.
      if (lastAnswer) await turns(2);
      this.chat.failed({
        errorType: 'MESSAGE_COMMUNICATION',
        message: 'Message was cancelled',
        errorCode: lastAnswer?.status,
        otherData: lastAnswer?.text,
        transactionID,
      });
    }, MESSAGE_LIMIT_MS);
  }

  async #post(item) {
    if (item.over) return;
    item.message = copy(item.message);
    let answer;
    try {
      const body = await this.chat.requestBody(item.message);
      answer = await this.chat.wire.message(body, item.transaction);
    } catch (error) {
      // No answer at all is final, and does not hold up the messages behind.
      warn('A message got no answer.', error);
      if (!isEvent(item.message)) this.chat.screen.addError();
      this.#failed(item, { status: 0, text: 'Stream incomplete' });
      this.#advance();
      return;
    }
    item.lastAnswer = answer;
    if (answer.ok) await this.#succeeded(item, answer);
    else await this.#failed(item, answer);
  }

  async #succeeded(item, answer) {
    this.chat.watchSession(answer);
    if (item.over) return;
    let received;
    try {
      received = JSON.parse(answer.text);
    } catch (error) {
      warn('The answer to a message is not JSON.', error);
    }
    clearTimeout(item.limit);
    this.chat.screen.settle(item.message.id, false);
    if (received && typeof received === 'object') await this.#receive(item, received);
    if (item.over) return;
    item.end.resolve();
    item.over = true;
    this.#advance();
  }

  async #receive(item, received) {
    const { memory } = this.chat;
    const session = received.session_id;
    if (isWelcome(item.message) && session && session === memory.sessionID && !memory.isOff) return;
    if (session && session !== memory.sessionID) memory.setSession(session);
    if (isEvent(item.message)) return;
    received.history ||= {};
    received.history.timestamp ||= Date.now();
    received.history.transaction_id = item.transaction;
    await this.chat.receive(received, item);
  }

  // Decides what follows an answer that is an error.
  async #failed(item, answer) {
    if (item.over) return;
    // Where a timer watches the limit, it alone decides.
    const inTime = item.limit || elapsedSince(item.startedAt) < MESSAGE_LIMIT_MS;
    const mayRetry = inTime && item.retries < MESSAGE_RETRIES_MS.length;
    if (await this.#renewed(item, answer, mayRetry)) return;
    if (answer.status === 404 && answer.text.toLowerCase().includes('session not found')) {
      this.chat.memory.setSession(null);
      this.#post(item);
    } else if (mayRetry && this.#deservesRetry(item, answer)) {
      setTimeout(() => this.#post(item), MESSAGE_RETRIES_MS[item.retries++]);
    } else {
      this.#giveUp(item, answer);
    }
  }

  async #renewed(item, answer, mayRetry) {
    if (!mayRetry || !isTokenError(answer, this.chat.identity.security)) return false;
    try {
      await this.chat.identity.renew(isWelcome(item.message));
      this.#post(item);
    } catch {
      this.#reject(item, answer.text);
    }
    return true;
  }

  #deservesRetry(item, { status, text }) {
    const isUseless = status === 400 && isWelcome(item.message) && text.includes('No skills found for the assistant');
    return status !== 0 && status !== 429 && !isUseless;
  }

  #giveUp(item, { status, text }) {
    const { message, options, transaction: transactionID } = item;
    if (status === 429 && !isWelcome(message) && !isEvent(message)) this.chat.screen.addError(BUSY_TEXT);
    else if (options.silent && !isWelcome(message)) this.chat.screen.addError();
    const details = {
      errorType: 'MESSAGE_COMMUNICATION',
      message: 'An error occurred sending a message',
      errorCode: status,
      otherData: text,
      transactionID,
    };
    this.chat.failed(details, isWelcome(message));
    this.#reject(item, text || String(status));
    if (!isEvent(message)) {
      // The history shall show that this message did not arrive.
      setTimeout(() => this.chat.updateHistory(message.id, { history: { error_state: 2 } }));
    }
  }

  #reject(item, text) {
    clearTimeout(item.limit);
    this.chat.screen.settle(item.message.id, true);
    item.end.reject(new Error(text || 'An undefined error occurred trying to send your message.'));
    item.over = true;
    if (item === this.#current) this.#advance();
  }
}
