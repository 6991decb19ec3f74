// The embed contract: options in a global, onLoad with the instance, and the
// function that older pages and framework wrappers call themselves.

const usedNamespaces = new Set();

const start = async (options) => {
  const { integrationID, region, serviceInstanceID, identityToken, servers, namespace = '' } = options;
  if (usedNamespaces.has(namespace)) warn(`Several chats use the same namespace ("${namespace}").`);
  usedNamespaces.add(namespace);
  if (options.debug) debugging = true;
  let initial;
  try {
    const answer = await retry(CONFIG_RETRIES_MS, async () => {
      const given = await new Wire(options, () => null).initialConfig();
      if (!given.ok) throw given;
      return given;
    });
    initial = { ...JSON.parse(answer.text), ...servers?.initConfig };
  } catch (failure) {
    const message = 'The initial configuration data could not be loaded.';
    const error = { errorType: 'INITIAL_CONFIG', message, errorCode: failure.status, otherData: failure.text };
    report('error', { ...error, otherData: undefined, detail: textOf(failure.text ?? failure) });
    options.onError?.(error);
    warn(message, failure);
    return null;
  }
  const security = initial.authorization?.is_on;
  report('created', { integrationID, region, serviceInstanceID, security, presetToken: Boolean(identityToken) });
  try {
    const chat = new Chat(options, initial);
    chat.events.instance = createInstance(chat);
    return chat.events.instance;
  } catch (error) {
    warn('The chat could not be started.', error);
    return null;
  }
};

// Resolves to an instance, or to null when the chat cannot start.
window.loadWatsonAssistantChat = (options) => start({ ...options });

const startFromPage = async (options) => {
  const instance = await window.loadWatsonAssistantChat(options);
  if (!instance) return;
  const present = typeof options.onLoad === 'function';
  report('onLoad', { present });
  try {
    await options.onLoad?.(instance);
  } catch (error) {
    report('onLoad', { present, error: textOf(error) });
    throw error;
  }
};

if (window.watsonAssistantChatOptions) startFromPage(window.watsonAssistantChatOptions);
