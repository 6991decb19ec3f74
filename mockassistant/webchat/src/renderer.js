// The parts of an answer as elements. Texts are shown as texts: nothing that
// the assistant says becomes markup.

class Renderer {
  constructor(chat) {
    this.chat = chat;
  }

  parts(message) {
    return partsOf(message)
      .map((part) => this.#part(part, message))
      .filter(Boolean);
  }

  #part(part, message) {
    switch (part.response_type) {
      case 'text':
        return this.#bubble(part.text ?? '');
      case 'option':
        return this.#options(part, message);
      case 'image':
        return this.#image(part);
      case 'user_defined':
        return this.#userDefined(part, message);
      case 'pause':
        return null;
      default:
        return this.#bubble(part.text || part.title || `(${part.response_type})`);
    }
  }

  #bubble(text) {
    const spoken = element('span', { className: 'WACHidden', textContent: `${this.chat.screen.title} said: ` });
    return element('p', { className: 'WACMessage WACMessage--response' }, spoken, String(text));
  }

  #options({ title = '', description = '', options = [] }, message) {
    const choose = ({ label, value }) => {
      const request = { input: { text: label, ...value?.input }, history: { label, relatedMessageID: message.id } };
      this.chat.send(request, 'optionButton').catch((error) => warn('The message failed.', error));
    };
    const choices = options.map((option) =>
      element('button', {
        className: 'WACOption',
        type: 'button',
        textContent: option.label,
        onclick: () => choose(option),
      }),
    );
    const box = element('div', { className: 'WACMessage WACMessage--response', attributes: { role: 'group' } });
    box.setAttribute('aria-label', title || 'Choices');
    box.append([title, description].filter(Boolean).join(' '), ...choices);
    return box;
  }

  #image({ source, alt_text, title, description }) {
    const image = element('img', { src: source, alt: alt_text || description || title || '' });
    return element('figure', { className: 'WACMessage WACMessage--response' }, image, title || '');
  }

  // The page draws these itself, into an element that the event gives it.
  #userDefined(part, message) {
    const host = part.user_defined?.silent ? undefined : element('div', { className: 'WACMessage' });
    const data = { message: part, fullMessage: message, element: host, fullWidth: false };
    (async () => {
      await this.chat.fire({ type: 'userDefinedResponse', data });
      await this.chat.fire({ type: 'customResponse', data });
    })().catch((error) => warn('A handler failed.', error));
    return host;
  }
}
