// An OpenID Connect provider on the npm package oidc-provider, and an API that takes its access tokens.
// Environment: PORT, CALLBACK_URL, TOKEN_LIFE_S. The working folder's node_modules has the package.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const { PORT, CALLBACK_URL, TOKEN_LIFE_S } = process.env;
const issuer = `http://127.0.0.1:${PORT}`;
const secondsToLive = Number(TOKEN_LIFE_S);
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const person = {
  redirect_uris: [CALLBACK_URL],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};
const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const machineSecret = 'machine-secret-machine-secret-32b';

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...key, kid: 'signing', alg: 'RS256', use: 'sig' }] },
  cookies: { keys: [randomUUID()] },
  clients: [
    { ...person, client_id: 'web', client_secret: 'web-secret', token_endpoint_auth_method: 'client_secret_basic' },
    { ...person, client_id: 'web-post', client_secret: 'web-secret', token_endpoint_auth_method: 'client_secret_post' },
    { ...person, client_id: 'native', application_type: 'native', token_endpoint_auth_method: 'none' },
    { ...machine, client_id: 'machine', client_secret: machineSecret },
    { ...machine, client_id: 'machine-jwt', client_secret: machineSecret, token_endpoint_auth_method: 'client_secret_jwt' },
    // Characters that are form-encoded before base64 (RFC 6749 section 2.3.1).
    { ...machine, client_id: 'odd client', client_secret: 'p@ss:w/rd+%&= ~' },
    {
      client_id: 'tv',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'none'],
  scopes: ['openid', 'offline_access'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
  ttl: {
    AccessToken: secondsToLive,
    ClientCredentials: secondsToLive,
    AuthorizationCode: 60,
    DeviceCode: 120,
    IdToken: 60,
    RefreshToken: 3600,
    Grant: 3600,
    Interaction: 3600,
    Session: 3600,
  },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    revocation: { enabled: true },
  },
  findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
});

async function tokenOf(request) {
  const [, value] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  const found = value && ((await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value)));
  return found && !found.isExpired ? found : undefined;
}

const pages = provider.callback();
createServer(async (request, response) => {
  if (!request.url.startsWith('/api/')) return pages(request, response);
  const token = await tokenOf(request);
  const headers = { 'content-type': 'application/json' };
  if (!token) {
    response.writeHead(401, { ...headers, 'www-authenticate': 'Bearer error="invalid_token"' });
    return response.end('{"error":"invalid_token"}');
  }
  response.writeHead(200, headers);
  return response.end(JSON.stringify({ client: token.clientId, sub: token.accountId }));
}).listen(Number(PORT), '127.0.0.1');
