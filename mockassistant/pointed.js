// Stands before the widget's script at its address under /mock: points the chat
// at the server that the script came from, unless the page says otherwise.
(() => {
  const { origin } = new URL(document.currentScript.src);
  const pointed = (options) => ({ ...options, servers: { assistantURLPrefix: origin, ...options?.servers } });
  if (window.watsonAssistantChatOptions) {
    window.watsonAssistantChatOptions = pointed(window.watsonAssistantChatOptions);
  }
  let load; // what the widget defines, for pages and wrappers that call it themselves
  Object.defineProperty(window, 'loadWatsonAssistantChat', {
    configurable: true,
    get: () => load,
    set: (original) => { load = (options) => original(pointed(options)); },
  });
})();
