// Which of the views is shown: the launcher, the main window or both.

const VIEW_NAMES = Object.keys(CLOSED_VIEW);

// Why a window opens or closes, in the words of the window events, and the
// same in the words of the view events.
const WINDOW_REASONS = {
  called_open_window: 'calledOpenWindow',
  default_launcher: 'launcherClicked',
  open_by_default: 'webChatLoaded',
  session_history: 'sessionHistory',
  called_close_window: 'calledCloseWindow',
  default_minimize: 'mainWindowMinimized',
};

class Views {
  #rendered = null;
  #changing = false;

  constructor(chat) {
    this.chat = chat;
  }

  get isRendered() {
    return Boolean(this.#rendered);
  }

  // Shows the chat on the page for the first time. Resolves when the view that
  // the page or the stored session asks for is shown.
  render() {
    this.#rendered = this.#render();
    return this.#rendered;
  }

  async #render() {
    const { memory, options, screen: display } = this.chat;
    display.mount();
    // A page may go on subscribing in the task that called render().
    await sleep(0);
    const { leftView } = memory;
    const view = leftView || (options.openChatByDefault ? WINDOW_VIEW : LAUNCHER_VIEW);
    if (view.mainWindow) {
      const byDefault = options.openChatByDefault && !leftView;
      await this.change(view, { opens: byDefault ? 'open_by_default' : 'session_history' });
    } else {
      await this.change(view, { reason: leftView ? 'sessionHistory' : 'webChatLoaded', forced: !view.launcher });
    }
  }

  async openWindow(opens = 'called_open_window') {
    await this.#rendered;
    if (!this.chat.memory.view.mainWindow) await this.change('mainWindow', { opens });
  }

  // Resolves to whether the window is closed then.
  async closeWindow(closes = 'called_close_window') {
    await this.#rendered;
    if (this.chat.memory.view.mainWindow) await this.change('launcher', { closes });
    return !this.chat.memory.view.mainWindow;
  }

  async toggle() {
    await this.#rendered;
    if (this.chat.memory.view.mainWindow) await this.closeWindow();
    else await this.openWindow();
  }

  // Goes to the view that the page names. What is no view is refused with a
  // note on the console.
  async changeByPage(view) {
    const names = typeof view === 'string' ? [view] : Object.keys(view || {});
    const unknown = names.find((name) => !VIEW_NAMES.includes(name));
    if (!this.isRendered || !names.length || unknown) {
      warn(`changeView wants a rendered chat and one of the views ${VIEW_NAMES.join(', ')}.`, view);
      return;
    }
    await this.change(view, { reason: 'calledChangeView' });
  }

  // Goes to a view, given by its name or as the members that change, unless a
  // handler cancels. An open window opens the chat, which nobody waits for.
  async change(wanted, how) {
    const { memory, opening } = this.chat;
    const named = typeof wanted === 'string' ? { ...CLOSED_VIEW, [wanted]: true } : wanted;
    const view = { ...memory.view, ...named };
    if (!this.#isPossible(view)) return;
    if (!how.forced && VIEW_NAMES.every((name) => view[name] === memory.view[name])) return;
    if (this.#changing) {
      throw new Error(
        'The view may not be changed while a view change event is already running. ' +
          'Please make sure to resolve any promises from these events.',
      );
    }
    this.#changing = true;
    try {
      await this.#change(view, how);
    } finally {
      this.#changing = false;
    }
    if (memory.view.mainWindow && !opening.done) {
      opening.open().catch((error) => warn('The chat could not be opened.', error));
    }
  }

  async #change(view, { opens, closes, reason = WINDOW_REASONS[opens || closes] }) {
    const { chat } = this;
    const oldViewState = freeze(chat.memory.view);
    const windowEvent = { reason: opens || closes, ...(opens && { cancelOpen: false }) };
    if (opens) {
      const event = { ...windowEvent, type: 'window:pre:open' };
      await chat.fire(event);
      if (event.cancelOpen) return this.#set({ ...oldViewState, launcher: true });
    } else if (closes) {
      const event = { ...windowEvent, type: 'window:pre:close', cancelClose: false };
      await chat.fire(event);
      if (event.cancelClose) return;
    }
    const before = { type: 'view:pre:change', reason, oldViewState, newViewState: view, cancelViewChange: false };
    await chat.fire(before);
    if (before.cancelViewChange || !this.#isPossible(before.newViewState)) return;
    const { newViewState } = before;
    this.#set(newViewState);
    if (opens) {
      const event = { ...windowEvent, type: 'window:open' };
      await chat.fire(event);
      if (event.cancelOpen) return this.#set({ ...oldViewState, launcher: true });
    } else if (closes) {
      await chat.fire({ ...windowEvent, type: 'window:close' });
    }
    const after = { type: 'view:change', reason, oldViewState, newViewState, cancelViewChange: false };
    await chat.fire(after);
    this.#set(after.cancelViewChange || !this.#isPossible(after.newViewState) ? oldViewState : after.newViewState);
  }

  #set(view) {
    this.chat.memory.setView(freeze(view));
    this.chat.screen.show(view);
  }

  #isPossible(view) {
    if (view.tour) warn('There is no tour that could be shown; the view stays as it is.');
    return !view.tour;
  }
}
