// What the visitor sees: the launcher and the chat window.

// Makes an element. Properties are set as properties, so no attribute needs a
// page's consent to inline styles or scripts.
const element = (tag, { attributes, ...properties } = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

const CLOSE_ICON = 'M5 5l14 14M19 5L5 19';
const CHAT_ICON = 'M4 5h16v11H11l-5 4v-4H4zM8 9h8M8 12h5';

const icon = (path) => {
  const make = (tag, attributes) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const picture = make('svg', { viewBox: '0 0 24 24', width: 24, height: 24, 'aria-hidden': 'true' });
  picture.append(make('path', { d: path, fill: 'none', stroke: 'currentColor', 'stroke-width': 2 }));
  return picture;
};

// Elements that a page may fill. Those of the first line have a place in this
// window, the others only exist.
const WRITEABLE_ELEMENTS = [
  ...['headerBottomElement', 'welcomeNodeBeforeElement', 'beforeInputElement'],
  ...['homeScreenHeaderBottomElement', 'homeScreenAfterStartersElement', 'homeScreenBeforeInputElement'],
  ...['customPanelElement', 'aiTooltipAfterDescriptionElement'],
];

class Screen {
  // The elements by their names.
  writeable = Object.fromEntries(WRITEABLE_ELEMENTS.map((name) => [name, element('div')]));

  #log = element('div', { className: 'WACLog', tabIndex: 0, attributes: { role: 'log', 'aria-label': 'Messages' } });
  #typing = element('p', { className: 'WACTyping', textContent: 'The assistant is answering ...', hidden: true });
  #requests = new Map();
  #ready = false;

  constructor(chat) {
    this.chat = chat;
    const { namespace, headerTitle } = chat.options;
    this.suffix = namespace ? `--${namespace.trim()}` : '';
    this.title = headerTitle || 'Chat';
    this.renderer = new Renderer(chat);
    this.#build();
  }

  #id(name) {
    return `${name}${this.suffix}`;
  }

  #build() {
    const { chat } = this;
    this.#buildInput();
    this.#buildPanel();
    this.#log.append(this.writeable.welcomeNodeBeforeElement);
    const headingID = this.#id('WACHeader__Title');
    this.window = element(
      'section',
      { className: 'WACWindow', hidden: true, attributes: { role: 'dialog', 'aria-labelledby': headingID } },
      element(
        'header',
        { className: 'WACHeader' },
        element('h2', { id: headingID, className: 'WACHeader__Title', textContent: this.title }),
        this.#button('WACHeader__Close', 'Close the chat', CLOSE_ICON, () =>
          chat.views.closeWindow('default_minimize'),
        ),
      ),
      this.writeable.headerBottomElement,
      this.#log,
      this.#typing,
      this.writeable.beforeInputElement,
      this.form,
      this.panel,
    );
    this.window.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') chat.views.closeWindow('default_minimize');
    });
    this.launcher = this.#button('WACLauncher__Button', 'Open the chat', CHAT_ICON, () =>
      chat.views.openWindow('default_launcher'),
    );
    this.launcher.id = this.#id('WACLauncher__Button');
    this.launcher.hidden = true;
    this.container = element('div', { id: this.#id('WACContainer'), className: 'WACContainer' });
    this.container.append(this.launcher, this.window);
  }

  #button(className, label, path, onclick) {
    return element('button', { className, type: 'button', onclick, attributes: { 'aria-label': label } }, icon(path));
  }

  #buildInput() {
    const id = this.#id('WACInputContainer-TextArea');
    this.input = element('textarea', { id, rows: 1, disabled: true, placeholder: 'Type something ...' });
    this.sendButton = element('button', { className: 'WACInput__Send', disabled: true, textContent: 'Send' });
    this.form = element(
      'form',
      { className: 'WACInput' },
      element('label', { className: 'WACHidden', htmlFor: id, textContent: 'Message' }),
      this.input,
      this.sendButton,
    );
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || !this.#ready) return;
    this.input.value = '';
    this.input.focus();
    this.chat.send(text, 'messageInput').catch((error) => warn('The message failed.', error));
  }

  #buildPanel() {
    const retryButton = element('button', {
      className: 'WACCatastrophicError__RestartButton',
      type: 'button',
      textContent: 'Retry',
      onclick: () => this.chat.opening.restart().catch((error) => warn('The restart failed.', error)),
    });
    this.panel = element(
      'div',
      { className: 'WACCatastrophicError', hidden: true, attributes: { role: 'alert' } },
      element('h3', { textContent: 'Something went wrong' }),
      element('p', { textContent: 'The assistant is not available right now.' }),
      retryButton,
    );
  }

  mount() {
    const { element: host, cspNonce, showLauncher = true } = this.chat.options;
    this.showLauncher = showLauncher;
    const style = element('style', { textContent: STYLE });
    if (cspNonce) style.nonce = cspNonce;
    this.container.prepend(style);
    this.container.classList.toggle('WACContainer--inPage', Boolean(host));
    (host || document.body).append(this.container);
  }

  unmount() {
    this.container.remove();
  }

  show(view) {
    const opens = view.mainWindow && this.window.hidden;
    const closes = !view.mainWindow && !this.window.hidden;
    this.window.hidden = !view.mainWindow;
    this.launcher.hidden = !view.launcher || this.showLauncher === false;
    if (opens) {
      this.requestFocus();
      this.#scroll();
    }
    if (closes && !this.launcher.hidden) this.launcher.focus();
  }

  requestFocus() {
    const target = !this.panel.hidden ? this.panel.lastChild : this.input.disabled ? this.#log : this.input;
    target.focus({ preventScroll: true });
  }

  setReady(ready) {
    this.#ready = ready;
    const hadFocus = document.activeElement === this.#log || this.container.contains(document.activeElement);
    this.input.disabled = !ready;
    this.sendButton.disabled = !ready;
    if (ready && hadFocus && !this.window.hidden) this.input.focus({ preventScroll: true });
  }

  // Puts the error panel over the window, or takes it away.
  cover(covered) {
    this.panel.hidden = !covered;
    for (const part of [this.#log, this.#typing, this.form]) part.inert = covered;
    if (covered && !this.window.hidden) this.requestFocus();
  }

  addRequest(message) {
    const text = message.history.label || message.input.text;
    const bubble = element('p', { className: 'WACMessage WACMessage--request', textContent: text });
    bubble.prepend(element('span', { className: 'WACHidden', textContent: 'You said: ' }));
    this.#requests.set(message.id, bubble);
    this.#add(bubble);
    this.#showTyping();
  }

  // Ends the waiting for the answer to a message.
  settle(messageID, failed) {
    const bubble = this.#requests.get(messageID);
    this.#requests.delete(messageID);
    this.#showTyping();
    if (!bubble || !failed) return;
    bubble.after(element('p', { className: 'WACMessage--failed', textContent: 'Your message was not delivered.' }));
    this.#scroll();
  }

  addResponse(message) {
    for (const part of this.renderer.parts(message)) this.#add(part);
  }

  addHistory(messages) {
    for (const message of messages) {
      if (message.output) this.addResponse(message);
      else if (!message.history.silent) this.addRequest(message);
    }
    this.#requests.clear();
    this.#showTyping();
  }

  addError(text = ERROR_TEXT) {
    this.#add(element('p', { className: 'WACMessage WACMessage--error', textContent: text }));
  }

  addNote(text) {
    this.#add(element('p', { className: 'WACMessage--note', textContent: text }));
  }

  clear() {
    this.#log.replaceChildren(this.writeable.welcomeNodeBeforeElement);
    this.#requests.clear();
    this.#showTyping();
    this.setReady(false);
    this.cover(false);
  }

  #showTyping() {
    this.#typing.hidden = this.#requests.size === 0;
  }

  #add(part) {
    this.#log.append(part);
    this.#scroll();
  }

  #scroll() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }
}
