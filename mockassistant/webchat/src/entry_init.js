// The embed contract: a global with the configuration, and a loader whose init()
// begins the chat, once the token stands in the configuration.

const named = (options, name) => memberAt(options, CONTRACT.names[name]);

// Whether the assistant wants a token. One that cannot be asked does.
const isSecured = async (options) => {
  try {
    const answer = await new Wire(fromPage(options), () => null).initialConfig();
    return !answer.ok || JSON.parse(answer.text).authorization?.is_on !== false;
  } catch {
    return true;
  }
};

// Why the chat does not begin on this page, or ''. That a chat without security
// needs no token follows from "Disable security to allow anonymous access".
const refusal = async (options) => {
  if (document.compatMode === 'BackCompat') return 'quirks';
  if (!document.getElementById(named(options, 'root'))) return 'root';
  if (!named(options, 'token') && (await isSecured(options))) return 'token';
  return '';
};

const fromPage = (options) => ({
  integrationID: String(named(options, 'integration') ?? ''),
  serviceInstanceID: named(options, 'agent'),
  identityToken: named(options, 'token'),
  servers: { assistantURLPrefix: named(options, 'host') },
  lacks: lackingIn(options),
});

// A function in the configuration that gives tokens. No document has it; the
// vendor's own tutorial does.
const askTokenFunction = (chat, give) => {
  if (typeof give !== 'function') return;
  chat.events.on({
    type: CONTRACT.event,
    handler: async (event) => {
      event[CONTRACT.member] = await give();
    },
  });
};

const init = async () => {
  const options = window[CONTRACT.options] ?? {};
  const reason = await refusal(options);
  if (reason) {
    report('refused', { reason });
    warn(`The chat does not begin: ${reason}.`);
    return;
  }
  const instance = await start(fromPage(options), (chat) => askTokenFunction(chat, named(options, 'tokenFunction')));
  if (!instance) return;
  await callOnLoad(named(options, 'onLoad'), instance);
  await instance.render();
};

window[CONTRACT.loader] = { init };
