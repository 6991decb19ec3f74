// The panel that a page may fill with elements of its own and put over the
// window, and the notes that it may show there.

class CustomPanel {
  #chat;
  #options = {};
  #frame;
  #title = element('h3');

  constructor(chat) {
    this.#chat = chat;
    this.hostElement = element('div', { className: 'WACCustomPanel__Host' });
    const close = element('button', {
      className: 'WACCustomPanel__Close',
      type: 'button',
      textContent: 'Back',
      onclick: () => this.close(),
    });
    this.#frame = element('div', { className: 'WACCustomPanel', hidden: true }, close, this.#title, this.hostElement);
    this.#frame.append(chat.screen.writeable.customPanelElement);
    chat.screen.window.append(this.#frame);
  }

  async open(options = {}) {
    this.#options = options;
    await this.#chat.fire({ type: 'customPanel:pre:open', customPanel: this.#handle() });
    this.#title.textContent = options.title || '';
    this.#frame.firstChild.hidden = Boolean(options.hideBackButton);
    this.#frame.hidden = false;
    await this.#chat.fire({ type: 'customPanel:open', customPanel: this.#handle() });
  }

  async close() {
    await this.#chat.fire({ type: 'customPanel:pre:close', customPanel: this.#handle() });
    this.#frame.hidden = true;
    this.#options.onClose?.();
    await this.#chat.fire({ type: 'customPanel:close', customPanel: this.#handle() });
  }

  #handle() {
    return { panelID: 'custom-panel', hostElement: this.hostElement };
  }
}

// Notes of the page over the conversation, by their groups.
class Notifications {
  #shown = new Map();

  constructor(chat) {
    this.chat = chat;
  }

  add({ title = '', message = '', groupID, onCloseButtonClick } = {}) {
    const note = element('p', { className: 'WACMessage--note', textContent: [title, message].filter(Boolean).join(': ') });
    note.append(
      element('button', {
        type: 'button',
        textContent: 'Close',
        onclick: () => {
          note.remove();
          onCloseButtonClick?.();
        },
      }),
    );
    this.chat.screen.writeable.beforeInputElement.before(note);
    this.#shown.set(note, groupID);
  }

  // Takes away those of a group, or all when none is named.
  remove(groupID) {
    for (const [note, group] of this.#shown) {
      if (groupID !== undefined && group !== groupID) continue;
      note.remove();
      this.#shown.delete(note);
    }
  }
}
