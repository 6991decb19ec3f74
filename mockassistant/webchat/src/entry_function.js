// The embed contract: options in a global, onLoad with the instance, and the
// function that older pages and framework wrappers call themselves.

// Resolves to an instance, or to null when the chat cannot start.
window[CONTRACT.loader] = (options) => start({ ...options, lacks: lackingIn(options) });

const startFromPage = async (options) => {
  const instance = await window[CONTRACT.loader](options);
  if (!instance) return;
  await callOnLoad(options.onLoad, instance);
};

if (window[CONTRACT.options]) startFromPage(window[CONTRACT.options]);
