// The object that the page works with.

// Methods that only change how the vendor's window looks. A page may call
// them; this window keeps its own look.
const LOOKS_ONLY = [
  'updateLanguagePack',
  'updateCSSVariables',
  'updateBotUnreadIndicatorVisibility',
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
];

// The subscription in an instance's arguments: objects with type and handler, or
// the type and the handler one after the other, as the contract has it.
const subscribed = ([first, handler]) => (CONTRACT.namedEvents ? { type: first, handler } : first);

const createInstance = (chat) => {
  const { events, identity, opening, outbox, views, screen: display } = chat;
  let locale = chat.options.locale || 'en';

  const instance = {
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
    updateLocale: async (wanted) => {
      locale = wanted;
    },
    [CONTRACT.update](token) {
      reportCall(CONTRACT.update, token, () => identity.accept(token));
    },
    updateUserID(id) {
      if (!id || typeof id !== 'string') warn('The user ID must be a non-empty string', id);
      reportCall('updateUserID', id, () => identity.setUser(id));
    },
    restartConversation: async () => reportCall('restartConversation', undefined, () => opening.restart()),
    destroySession: async () => reportCall('destroySession', undefined, () => chat.destroySession(false)),
    destroy: () => reportCall('destroy', undefined, () => display.unmount()),
    requestFocus: () => display.requestFocus(),
    updateInputIsDisabled: (disabled) => display.setReady(!disabled && opening.done),
    updateAssistantInputFieldVisibility: (visible) => {
      display.form.hidden = !visible;
    },
    messaging: {
      addMessage: async (message) => chat.receive(copy(message)),
    },
    writeableElements: display.writeable,
    elements: {
      getMainWindow: () => ({
        addClassName: (name) => display.window.classList.add(name),
        removeClassName: (name) => display.window.classList.remove(name),
      }),
      getMessageInput: () => ({ getHTMLElement: () => display.input }),
    },
  };
  for (const name of LOOKS_ONLY) instance[name] = () => console.info(`webchat: ${name}() has no effect here.`);
  if (reporting) exposeToDriver(chat, instance, outbox);
  return instance;
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
