// An OpenID provider for the test in main.rs. Each line of its input is a JSON list of key ids, of which the first one
// signs from then on. It answers each line with its port.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { Provider } from 'oidc-provider';

// The library prints warnings about its in-memory store.
console.info = console.warn = console.error;

const keys = new Map();

function key(kid) {
  if (!keys.has(kid)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    keys.set(kid, { ...privateKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' });
  }
  return keys.get(kid);
}

function provider(port, kids) {
  return new Provider(`http://127.0.0.1:${port}`, {
    jwks: { keys: kids.map(key) },
    clients: [
      {
        client_id: 'service',
        client_secret: 'only for this test',
        grant_types: ['client_credentials'],
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'orders:read orders:write',
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
}

let answer;
const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for await (const line of createInterface({ input: process.stdin })) {
    answer = provider(port, JSON.parse(line)).callback();
    console.log(port);
  }
  process.exit();
});
