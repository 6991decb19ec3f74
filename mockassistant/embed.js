// Embeds a chat by its contract into a page of the mock's own. Values are those of
// the configuration, by the names that the contract has for them.
const embedChat = async (contract, script, { values = {}, further = {}, firstToken, onLoad }) => {
  const options = { ...further };
  const put = (name, value) => {
    const path = contract.names[name]?.split('.') ?? [];
    const last = path.pop();
    if (last) path.reduce((at, step) => (at[step] ??= {}), options)[last] = value;
  };
  const known = { integration: 'demo', region: 'local', agent: 'demo', root: 'root', host: window.location.origin, onLoad };
  if (contract.entry === 'init' && firstToken) known.token = await firstToken();
  Object.entries({ ...known, ...values }).forEach(([name, value]) => put(name, value));
  window[contract.options] = options;
  const element = document.createElement('script');
  element.src = script;
  if (contract.entry === 'init') element.onload = () => window[contract.loader].init();
  document.head.appendChild(element);
};

// Subscribes as the contract has it.
const subscribe = (contract, instance, type, handler) =>
  contract.namedEvents ? instance.on(type, handler) : instance.on({ type, handler });

// Shows the chat, where the contract leaves that to the page.
const show = (contract, instance) => {
  if (contract.entry === 'function') instance.render();
};
