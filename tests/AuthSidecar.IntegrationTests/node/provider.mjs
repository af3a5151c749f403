// An OpenID provider, certified software independent of the product: client credentials with JWT access tokens, and an
// authorization code flow whose login accepts everyone. POST /rotate on the second port makes it sign with a new key.
import crypto from 'node:crypto';
import http from 'node:http';
import Provider from 'oidc-provider';

const rsa = (kid) => ({ ...crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' });
const ec = (kid) => ({ ...crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' });
const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

let app = (request, response) => response.end();
const server = http.createServer((request, response) => app(request, response));
const issuer = `http://127.0.0.1:${await listen(server)}`;
let generation = 0;
let keys = [];

function rotate() {
  generation += 1;
  keys = [rsa(`rsa-${generation}`), ec(`ec-${generation}`)];
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: 'machine', client_secret: 'machine-secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
      },
      {
        client_id: 'browser', client_secret: 'browser-secret', grant_types: ['authorization_code'], redirect_uris: [`${issuer}/callback`], response_types: ['code'],
        id_token_signed_response_alg: 'RS256',
      },
    ],
    scopes: ['openid', 'llm:invoke', 'llm:read'],
    pkce: { required: () => false },
    cookies: { keys: ['cookie-key'] },
    ttl: { AccessToken: 600, ClientCredentials: 600, IdToken: 600, AuthorizationCode: 60, Grant: 600, Interaction: 600, Session: 600 },
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, scope: 'llm:read' }) }),
    claims: { openid: ['sub', 'scope'] },
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (context, resource) => ({
          audience: resource, scope: 'llm:invoke llm:read', accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: resource.endsWith('/ec') ? 'ES256' : 'RS256' } },
        }),
      },
    },
    interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
  });
  const inner = provider.callback();
  app = async (request, response) => {
    if (!request.url.startsWith('/interaction/')) {
      await inner(request, response);
      return;
    }

    const details = await provider.interactionDetails(request, response);
    const result = {};
    if (details.prompt.name === 'login') {
      result.login = { accountId: 'carol' };
    } else {
      const grant = new provider.Grant({ accountId: 'carol', clientId: details.params.client_id });
      grant.addOIDCScope('openid');
      result.consent = { grantId: await grant.save() };
    }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  };
}

rotate();
const control = http.createServer((request, response) => {
  rotate();
  response.end();
});
console.log(JSON.stringify({ issuer, control: `http://127.0.0.1:${await listen(control)}` }));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
