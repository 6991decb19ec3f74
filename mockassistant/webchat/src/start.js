// How a chat begins, whatever the contract by which the page asks for it.

const usedNamespaces = new Set();

// Resolves to an instance, or to null when the chat cannot start. Prepare gets
// the chat before the page gets the instance.
const start = async (options, prepare) => {
  const { integrationID, region, serviceInstanceID, identityToken, servers, lacks, namespace = '' } = options;
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
  report('created', { integrationID, region, serviceInstanceID, security, lacks, presetToken: Boolean(identityToken) });
  try {
    const chat = new Chat(options, initial);
    chat.events.instance = createInstance(chat);
    prepare?.(chat);
    return chat.events.instance;
  } catch (error) {
    warn('The chat could not be started.', error);
    return null;
  }
};

// The member of an object at a path such as "chatOptions.onLoad".
const memberAt = (object, path) => path.split('.').reduce((value, name) => value?.[name], object);

// The required options that a page's configuration lacks.
const lackingIn = (options) => CONTRACT.required.filter((path) => !memberAt(options, path));

// Hands the instance to the page.
const callOnLoad = async (onLoad, instance) => {
  const present = typeof onLoad === 'function';
  report('onLoad', { present });
  try {
    await onLoad?.(instance);
  } catch (error) {
    report('onLoad', { present, error: textOf(error) });
    throw error;
  }
};
