// Stands before the widget's script at its address under /mock: points the chat
// at the server that the script came from. Where a contract has a host of its own
// for the assistant, a page may say otherwise.
const { origin } = new URL(document.currentScript.src);
const [group, member] = CONTRACT.names.host.split('.');
const pointed = (options) => (member ? { ...options, [group]: { [member]: origin, ...options?.[group] } } : { ...options, [group]: origin });
const point = () => {
  if (window[CONTRACT.options]) window[CONTRACT.options] = pointed(window[CONTRACT.options]);
};
const starts = {
  function: (original) => (options) => original(pointed(options)),
  init: (original) => ({ ...original, init: () => (point(), original.init()) }),
};
point();
let load; // what the widget defines, for pages and wrappers that call it themselves
Object.defineProperty(window, CONTRACT.loader, {
  configurable: true,
  get: () => load,
  set: (original) => { load = starts[CONTRACT.entry](original); },
});
