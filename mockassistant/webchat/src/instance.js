// The object that the page works with.

// Methods that only change how the vendor's window looks. A page may call
// them; this window keeps its own look.
const LOOKS_ONLY = [
  'updateLanguagePack',
  'updateCSSVariables',
  'updateBotUnreadIndicatorVisibility',
  'updateAssistantUnreadIndicatorVisibility',
  'updateIsTypingCounter',
  'updateIsLoadingCounter',
  'updateIsChatLoadingCounter',
  'scrollToMessage',
  'updateBotName',
  'updateBotAvatarURL',
  'updateMainHeaderTitle',
  'updateMainHeaderAvatar',
  'updateHeaderConfig',
  'updateHomeScreenConfig',
  'updateCustomMenuOptions',
  'updateLauncherConfig',
  'updateLauncherGreetingMessage',
  'showLauncherGreetingMessage',
  'updateLauncherAvatarURL',
  'doAutoScroll',
  'agentEndConversation',
];

// The subscription in an instance's arguments: objects with type and handler, or
// the type and the handler one after the other, as the contract has it.
const subscribed = ([first, handler]) => (CONTRACT.namedEvents ? { type: first, handler } : first);

const createInstance = (chat) => {
  const { events, identity, opening, outbox, views, screen: display } = chat;
  let locale = chat.options.locale || 'en';
  let panel;
  const notifications = new Notifications(chat);
  const input = fieldOf(display.input);
  const restart = async () => reportCall('restartConversation', undefined, () => opening.restart());

  const instance = watched({
    render() {
      if (views.isRendered) {
        warn('The render function has already been called!');
        return Promise.resolve(instance);
      }
      report('render');
      return views.render().then(() => instance);
    },
    on(...subscription) {
      events.on(subscribed(subscription));
      return instance;
    },
    once(...subscription) {
      events.on(subscribed(subscription), true);
      return instance;
    },
    off(...subscription) {
      events.off(subscribed(subscription));
      return instance;
    },
    async send(message, options) {
      return chat.send(message, 'instanceSend', options);
    },
    openWindow: () => views.openWindow(),
    closeWindow: () => views.closeWindow(),
    toggleOpen: () => views.toggle(),
    changeView: (view) => views.changeByPage(view),
    getState: () => stateOf(chat),
    getWidgetVersion: () => VERSION,
    getLocale: () => locale,
    getIntl: () => ({
      locale,
      messages: {},
      formatMessage: ({ id, defaultMessage = id }) => defaultMessage,
      formatDate: (date) => new Date(date).toLocaleDateString(locale),
      formatTime: (time) => new Date(time).toLocaleTimeString(locale),
      formatNumber: (number) => number.toLocaleString(locale),
    }),
    updateLocale: async (wanted) => {
      locale = wanted;
    },
    [CONTRACT.update](token) {
      reportCall(CONTRACT.update, token, () => identity.update(token));
    },
    updateUserID(id) {
      if (!id || typeof id !== 'string') warn('The user ID must be a non-empty string', id);
      reportCall('updateUserID', id, () => identity.setUser(id));
    },
    restartConversation: restart,
    destroySession: async () => reportCall('destroySession', undefined, () => chat.destroySession(false)),
    destroy: () => reportCall('destroy', undefined, () => display.unmount()),
    requestFocus: () => display.requestFocus(),
    updateInputIsDisabled: (disabled) => display.setReady(!disabled && opening.done),
    updateAssistantInputFieldVisibility: (visible) => {
      display.form.hidden = !visible;
    },
    updateInputFieldVisibility: (visible) => {
      display.form.hidden = !visible;
    },
    updateHistoryUserDefined: (messageID, user_defined) => chat.updateHistory(messageID, { history: { user_defined } }),
    messaging: {
      addMessage: async (message) => chat.receive(copy(message)),
      addMessageChunk: async (chunk) => {
        if (chunk?.final_response) await chat.receive(copy(chunk.final_response));
      },
      removeMessages: async () => noEffect('messaging.removeMessages'),
      clearConversation: async () => display.clear(),
      insertHistory: async (notes) => display.addHistory(messagesOfNotes(notes)),
      restartConversation: restart,
    },
    customPanels: {
      getPanel: () => (panel ||= new CustomPanel(chat)),
    },
    addNotification: (note) => notifications.add(note),
    notifications: {
      addNotification: (note) => notifications.add(note),
      removeNotifications: (groupID) => notifications.remove(groupID),
      removeAllNotifications: () => notifications.remove(),
    },
    tours: {
      startTour: async () => noEffect('tours.startTour'),
      endTour: () => noEffect('tours.endTour'),
      goToNextStep: () => noEffect('tours.goToNextStep'),
      goToStep: () => noEffect('tours.goToStep'),
    },
    serviceDesk: {
      endConversation: async () => noEffect('serviceDesk.endConversation'),
      updateIsSuspended: async () => noEffect('serviceDesk.updateIsSuspended'),
    },
    writeableElements: display.writeable,
    elements: {
      getMainWindow: () => ({
        addClassName: (name) => display.window.classList.add(name),
        removeClassName: (name) => display.window.classList.remove(name),
      }),
      getMessageInput: () => input,
      getHomeScreenInput: () => input,
    },
    ...Object.fromEntries(LOOKS_ONLY.map((name) => [name, () => noEffect(name)])),
  });
  if (reporting) exposeToDriver(chat, instance, outbox);
  return instance;
};

const noEffect = (name) => console.info(`webchat: ${name}() has no effect here.`);

// The message field as the page may use it.
const fieldOf = (field) => {
  const listeners = new Map();
  return {
    getHTMLElement: () => field,
    setValue: (value) => {
      field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    },
    setEnableEnterKey: () => noEffect('setEnableEnterKey'),
    addChangeListener: (listener) => {
      const heard = () => listener(field.value);
      listeners.set(listener, heard);
      field.addEventListener('input', heard);
    },
    removeChangeListener: (listener) => {
      field.removeEventListener('input', listeners.get(listener));
      listeners.delete(listener);
    },
  };
};

// Members that runtimes and frameworks look for in any object.
const OF_ANY_OBJECT = ['then', 'catch', 'toJSON', 'constructor', 'length', 'nodeType', 'tagName', 'props', 'asymmetricMatch', 'window', 'self'];

// Tells a test driver of what a page looks for in an object and does not find,
// so that the page is not blamed for it.
const watched = (object, path = '') => {
  if (!reporting) return object;
  for (const [name, value] of Object.entries(object)) {
    if (value && typeof value === 'object' && !(value instanceof Node)) object[name] = watched(value, `${path}${name}.`);
  }
  return new Proxy(object, {
    get(target, name, receiver) {
      const known = typeof name !== 'string' || name in target || OF_ANY_OBJECT.includes(name) || /^[$_@]/.test(name);
      if (!known) report('missing', { name: path + name });
      return Reflect.get(target, name, receiver);
    },
  });
};

const stateOf = ({ memory, identity, options }) => ({
  isWebChatOpen: memory.view.mainWindow,
  viewState: { ...memory.view },
  hasUserSentMessage: memory.userHasSpoken,
  userID: identity.userID,
  sessionID: memory.sessionID,
  isConnectedWithHumanAgent: false,
  isConnectingWithHumanAgent: false,
  isHomeScreenOpen: false,
  isTourActive: false,
  isDebugEnabled: Boolean(options.debug),
  serviceDesk: { isConnected: false, isConnecting: false, isSuspended: false },
});

// Lets a test driver use the chat as a visitor would.
const exposeToDriver = (chat, instance, outbox) => {
  window.__webchatspecChat = {
    open: () => instance.openWindow(),
    send: (text) => chat.send(text, 'messageInput'),
    state: () => ({
      ...stateOf(chat),
      rendered: chat.views.isRendered,
      ready: chat.opening.done,
      failed: !chat.screen.panel.hidden,
      unanswered: outbox.size,
    }),
  };
};
