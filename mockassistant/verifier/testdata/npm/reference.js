// The reference that the Go verifier is compared with: the npm libraries
// themselves. Reads one JSON object a line from a file and writes one a line.
// (Not from standard input: OpenSSL asks there for the pass phrases of keys.)
//
//   node reference.js verify FILE   {id, token, publicKeyPem, now} -> {id, ok, errorName, errorMessage, payload}
//   node reference.js encrypt FILE  {id, text, publicKeyPem}       -> {id, ok, data}
//   node reference.js decrypt FILE  {id, data, privateKeyPem}      -> {id, ok, text}
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
  return JSON.stringify({ id, ok: true, data: new NodeRSA(publicKeyPem, 'public').encrypt(text, 'base64') });
}

function decrypt({ id, data, privateKeyPem }) {
  try {
    return JSON.stringify({ id, ok: true, text: new NodeRSA(privateKeyPem, 'private').decrypt(data, 'utf8') });
  } catch (error) {
    return JSON.stringify({ id, ok: false, errorMessage: error.message });
  }
}

const work = { verify, encrypt, decrypt }[process.argv[2]];
if (!work || !process.argv[3]) {
  console.error('usage: node reference.js verify|encrypt|decrypt FILE');
  process.exit(2);
}
for (const line of fs.readFileSync(process.argv[3], 'utf8').split('\n')) {
  if (line) fs.writeSync(1, work(JSON.parse(line)) + '\n');
}
