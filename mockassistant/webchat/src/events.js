// The events of one instance.

class Events {
  #handlers = new Map();
  #running = new Set();

  // The instance is the second argument of every handler.
  instance = null;

  on(subscriptions, once = false) {
    for (const { type, handler } of [subscriptions].flat()) {
      if (!type) throw new Error(`Attempted to listen to an event with no type: "${type}"!`);
      if (typeof handler !== 'function') {
        warn('The event handler is not a function.', handler);
        continue;
      }
      report('subscribe', { type, once });
      this.#list(type).push(once ? this.#onlyOnce(type, handler) : handler);
    }
  }

  off(subscriptions) {
    for (const { type, handler } of [subscriptions].flat()) {
      const list = this.#list(type);
      if (!handler) list.length = 0;
      else if (list.includes(handler)) list.splice(list.indexOf(handler), 1);
    }
  }

  // Calls the handlers of the event's type, then those of "*", each after the
  // promise of the one before. A handler that throws ends the firing. An event
  // whose earlier firing has not ended is refused.
  async fire(event) {
    const { type } = event;
    if (this.#running.has(type)) {
      throw new Error(
        `An event of type ${type} is already running. ` +
          'Please make sure that you have resolved the Promises for any earlier events that were fired.',
      );
    }
    report('event-fired', { type, handlers: this.#list(type).length + this.#list('*').length });
    this.#running.add(type);
    try {
      if (this.#list(type).length) await this.#callAll(type, event);
    } finally {
      this.#running.delete(type);
    }
    if (this.#list('*').length) await this.#callAll('*', event);
  }

  async #callAll(list, event) {
    let place = 0;
    for (const handler of [...this.#list(list)]) {
      await this.#call(handler, event, place++);
    }
  }

  #call(handler, event, place) {
    const result = reporting ? this.#reported(handler, event, place) : handler(event, this.instance);
    if (result && !(result instanceof Promise)) {
      // Not what it is: it may be a token.
      console.warn(`webchat: A handler of ${event.type} returned something that is not a promise: ${kindOf(result)}`);
    }
    return result;
  }

  #reported(handler, event, place) {
    const isToken = event.type === CONTRACT.event;
    const settled = (returned, error) => {
      if (!isToken && !error) return;
      const value = isToken ? describeToken(givenToken(event)) : undefined;
      report('handler-settled', { type: event.type, handler: place, returned, error: textOf(error), stack: error?.stack, value });
    };
    try {
      const result = handler(event, this.instance);
      if (typeof result?.then === 'function') {
        result.then(
          (value) => settled(`Promise of ${kindOf(value)}`),
          (error) => settled('Promise', error),
        );
      } else {
        settled(kindOf(result));
      }
      return result;
    } catch (error) {
      settled('nothing', error);
      throw error;
    }
  }

  #onlyOnce(type, handler) {
    const first = (event, instance) => {
      this.off({ type, handler: first });
      return handler(event, instance);
    };
    return first;
  }

  #list(type) {
    if (!this.#handlers.has(type)) this.#handlers.set(type, []);
    return this.#handlers.get(type);
  }
}
