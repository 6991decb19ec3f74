// The message endpoint as one would write it with Express and jsonwebtoken: the
// server that the mock assistant's speed is compared with. PUBLIC_KEY holds the
// key's text. Prints its address when it is ready.
const { randomUUID } = require('node:crypto');
const express = require('express');
const jwt = require('jsonwebtoken');

const sessions = new Map();
const app = express();
app.use(express.json());

app.post('/:subscription/chat/:integration/message', (request, response) => {
  response.set({
    'Access-Control-Allow-Origin': request.headers.origin,
    'Access-Control-Allow-Credentials': 'true',
    'Cache-Control': 'no-store',
  });
  let claims;
  try {
    const token = (request.headers.authorization || '').slice('Bearer '.length);
    claims = jwt.verify(token, process.env.PUBLIC_KEY, { algorithms: ['RS256'] });
  } catch (error) {
    const status = error.name === 'TokenExpiredError' ? 401 : 403;
    response.status(status).json({ error: status === 401 ? 'token expired' : 'Forbidden' });
    return;
  }
  const { value, session_id } = request.body;
  const session = session_id || randomUUID();
  const owner = sessions.get(session);
  if (session_id && owner !== claims.sub) {
    response.status(404).json({ error: 'Session not found' });
    return;
  }
  sessions.set(session, claims.sub);
  response.set('x-watson-session-timeout', '3600').json({
    output: { generic: [{ response_type: 'text', text: `You said: ${value.input.text}` }] },
    context: value.context || {},
    session_id: session,
  });
});

const server = app.listen(0, '127.0.0.1', () => {
  console.log(`127.0.0.1:${server.address().port}`);
});
