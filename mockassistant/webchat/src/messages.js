// The requests that the widget makes, and the texts that it shows itself.

const ERROR_TEXT = 'There is an error with the message you just sent, but feel free to ask me something else.';
const BUSY_TEXT =
  "I'm sorry, but I can't help you right now. I'm answering questions from lots of people at the moment. " +
  'Please try again later.';
const SESSION_EXPIRED_TEXT = 'Your session has ended. The next message starts a new one.';

const textRequest = (text) => ({
  input: { text: text.replace(/\r\n|\n|\r/g, ' '), message_type: 'text' },
});

const welcomeRequest = () => ({
  input: { text: '' },
  history: { silent: true, is_welcome_request: true },
});

const historyEvent = (messageID, partial_message) =>
  withIdentity({ input: { message_type: 'event', event: { name: 'update_history', messageID, partial_message } } });

const withIdentity = (message) => {
  message.id ||= uuid();
  message.thread_id ||= 'main';
  message.history ||= {};
  message.history.timestamp ||= Date.now();
  message.history.from_history ??= false;
  return message;
};

// Fills in what the assistant expects of every request that a person causes.
const completeRequest = (message) => {
  withIdentity(message);
  const { language, userAgent } = navigator;
  const browser_info = {
    language,
    page_url: location.origin + location.pathname,
    screen_resolution: `width: ${screen.width}, height: ${screen.height}`,
    user_agent: userAgent,
  };
  message.context = overlay({ integrations: { chat: { browser_info } }, global: { system: {} } }, message.context);
  message.input.options = overlay({}, message.input.options, {
    export: true,
    debug: true,
    return_context: true,
    alternate_responses: false,
    disambiguation: { alternate_responses: false },
  });
};

// Where pages put variables in pre:send, by the skill.
const VARIABLES = { 'main skill': 'user_defined', 'actions skill': 'skill_variables' };

// Gives a message the places for variables that it lacks, and returns how to take
// back those in which nothing was put.
const offerVariables = (message) => {
  if (!message.context) return () => {};
  const given = 'skills' in message.context;
  const skills = (message.context.skills ??= {});
  const offered = Object.keys(VARIABLES).filter((skill) => !(skill in skills));
  for (const skill of offered) skills[skill] = { [VARIABLES[skill]]: {} };
  return () => {
    for (const skill of offered) {
      if (!Object.keys(skills[skill]?.[VARIABLES[skill]] ?? {}).length && Object.keys(skills[skill] ?? {}).length < 2) delete skills[skill];
    }
    if (!given && !Object.keys(skills).length) delete message.context.skills;
  };
};

// The parts of an answer, whatever the assistant sent in their place.
const partsOf = (message) => [message.output?.generic].flat().filter((part) => part && typeof part === 'object');

// The messages in the answer of the history call, oldest first.
const messagesOfNotes = (notes) => {
  const messages = new Map();
  for (const { message, time } of (notes || []).flatMap((note) => (note.type === 'HISTORY' ? note.body : []))) {
    const event = message?.input?.event;
    if (message?.input?.message_type === 'event') {
      const changed = messages.get(event?.messageID);
      if (event?.name === 'update_history' && changed) overlay(changed, event.partial_message);
    } else if (message?.input || message?.output) {
      message.history = { ...message.history, from_history: true, timestamp: new Date(time).getTime() };
      messages.set(message.id, message);
    }
  }
  return [...messages.values()].filter((message) => !(message.output && message.history.silent));
};
