// The calls to the assistant. An answer is {status, ok, text, header(name)},
// read to its end; a call that gets no answer rejects.

const JSON_HEADERS = { accept: 'application/json', 'content-type': 'application/json' };

// The vendor's host for a region: the first whose prefix its name has.
const hostOf = (region) => {
  const { prefix, origin } = CONTRACT.wire.hosts.find((host) => region.startsWith(host.prefix));
  return origin.replace('{region}', region.slice(prefix.length));
};

const baseURL = ({ servers, region = '', subscriptionID }) => {
  let host = servers?.assistantURLPrefix;
  if (!host && /^https?:/.test(region)) host = region;
  host = host || hostOf(region);
  return `${host.replace(/\/+$/, '')}/${subscriptionID || 'public'}`;
};

class Wire {
  #base;

  // currentToken is asked at each call: a renewal counts from the next one on.
  constructor(options, currentToken) {
    this.#base = `${baseURL(options)}/chat/${options.integrationID}`;
    this.learningOptOut = options.learningOptOut;
    this.currentToken = currentToken;
  }

  initialConfig() {
    return this.#call('init', '/config?type=init', {});
  }

  // Only this call stays silent about a missing token.
  config(transaction) {
    const headers = transaction ? this.#headers(transaction) : undefined;
    return this.#call('config', '/config', { headers });
  }

  message(body, transaction) {
    const headers = { ...JSON_HEADERS, ...this.#headers(transaction), ...CONTRACT.wire.headers };
    if (this.learningOptOut) headers['x-watson-learning-opt-out'] = 'true';
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    return this.#call('message', `/message?version=${API_VERSION}`, request, body.value.id);
  }

  notes(session) {
    const headers = { ...JSON_HEADERS, ...this.#headers(uuid()) };
    const path = `/channel_conversations/${encodeURIComponent(session)}/notes?version=${API_VERSION}`;
    return this.#call('notes', path, { headers });
  }

  deleteSession(session) {
    const path = `/sessions/${encodeURIComponent(session)}?version=${API_VERSION}`;
    // A page that goes away may still say goodbye, hence keepalive.
    return this.#call('delete', path, { method: 'DELETE', keepalive: true, headers: this.#headers(uuid()) });
  }

  #headers(transaction) {
    const token = this.currentToken();
    // Without a token the header reads "undefined": so it does in the field.
    return { authorization: token ? `Bearer ${token}` : undefined, 'X-Global-Transaction-ID': transaction };
  }

  async #call(call, path, request, messageID) {
    const url = this.#base + path;
    const transaction = request.headers?.['X-Global-Transaction-ID'];
    const token = request.headers?.authorization?.slice('Bearer '.length);
    report('request', { call, method: request.method || 'GET', url, token, transaction, messageID });
    try {
      const response = await fetch(url, request);
      const text = await response.text();
      const { status, ok } = response;
      report('response', { call, status, transaction, text: ok ? undefined : text.slice(0, 500) });
      return { status, ok, text, header: (name) => response.headers.get(name) };
    } catch (error) {
      report('response', { call, status: 0, transaction, text: textOf(error) });
      throw error;
    }
  }
}
