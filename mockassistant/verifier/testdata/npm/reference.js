// The reference that the Go verifier is compared with: the npm libraries
// themselves. Reads one JSON object a line from a file and writes one a line.
// (Not from standard input: OpenSSL asks there for the pass phrases of keys.)
//
//   node reference.js verify FILE   {id, token, publicKeyPem, now} -> {id, ok, errorName, errorMessage, payload}
//   node reference.js encrypt FILE  {id, text, publicKeyPem}       -> {id, ok, data}
//   node reference.js decrypt FILE  {id, data, privateKeyPem}      -> {id, ok, text}
//   node reference.js bench FILE    requests as for verify         -> seconds for all of them
'use strict';
const jwt = require('jsonwebtoken');
const NodeRSA = require('node-rsa');
const fs = require('node:fs');

const clock = Date.now;

function verify({ id, token, publicKeyPem, now }) {
  Date.now = now === undefined ? clock : () => now * 1000;
  try {
    const payload = jwt.verify(token, publicKeyPem, { algorithms: ['RS256'] });
    return stringify({ id, ok: true, payload }) || JSON.stringify({ id, ok: true, tooDeep: true });
  } catch (error) {
    return JSON.stringify({ id, ok: false, errorName: error.name, errorMessage: error.message });
  } finally {
    Date.now = clock;
  }
}

// A payload can be nested too deeply for JSON.stringify.
function stringify(value) {
  try {
    return JSON.stringify(value);
  } catch (error) {
    return undefined;
  }
}

function encrypt({ id, text, publicKeyPem }) {
  return JSON.stringify({ id, ok: true, data: new NodeRSA(publicKeyPem).encrypt(text, 'base64') });
}

function decrypt({ id, data, privateKeyPem }) {
  try {
    return JSON.stringify({ id, ok: true, text: new NodeRSA(privateKeyPem).decrypt(data, 'utf8') });
  } catch (error) {
    return JSON.stringify({ id, ok: false, errorMessage: error.message });
  }
}

// bench does all of the file once to warm up, then again with the clock running.
function bench(lines) {
  const requests = lines.map((line) => JSON.parse(line));
  requests.forEach(verify);
  const begin = process.hrtime.bigint();
  lines.forEach((line) => verify(JSON.parse(line)));
  console.log(Number(process.hrtime.bigint() - begin) / 1e9);
}

const [mode, file] = process.argv.slice(2);
const answer = { verify, encrypt, decrypt }[mode];
if ((!answer && mode !== 'bench') || !file) {
  console.error('usage: node reference.js verify|encrypt|decrypt|bench FILE');
  process.exit(2);
}
const lines = fs.readFileSync(file, 'utf8').split('\n').filter((line) => line);
if (mode === 'bench') {
  bench(lines);
} else {
  for (const line of lines) fs.writeSync(1, answer(JSON.parse(line)) + '\n');
}
