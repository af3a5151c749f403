// Two OpenID providers, certified software independent of the product, at which people sign in to the console. The second port takes
// JSON: {issuer: 0 | 1, client: {…}} registers the console, {issuer, account: {sub, …}} sets the person who signs in next. It answers with
// the back-channel logouts so far. A second client, "other", has the same addresses as the console.
import crypto from 'node:crypto';
import http from 'node:http';
import Provider from 'oidc-provider';

const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
const key = () => ({ ...crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig', alg: 'RS256' });

async function start(pushed) {
  const site = { account: { sub: 'carol' }, logouts: [], app: (request, response) => response.end() };
  const server = http.createServer((request, response) => site.app(request, response));
  site.issuer = `http://127.0.0.1:${await listen(server)}`;
  const keys = [key()];
  site.register = (client) => {
    const provider = new Provider(site.issuer, {
      jwks: { keys },
      clients: ['console', 'other'].map((id) => ({
        client_id: id, client_secret: `${id}-secret`, grant_types: ['authorization_code'], response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post', require_auth_time: true, id_token_signed_response_alg: 'RS256',
        redirect_uris: [`${site.issuer}/callback`], ...client,
      })),
      // Without the dispatcher that refuses addresses of this machine.
      fetch: (url, { dispatcher, ...options }) => fetch(url, options),
      cookies: { keys: ['cookie-key'] },
      scopes: ['openid', 'profile', 'email'],
      claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
      ttl: { AccessToken: 600, IdToken: 600, AuthorizationCode: 60, Grant: 600, Interaction: 600, Session: 600 },
      findAccount: (context, id) => ({ accountId: id, claims: () => ({ ...site.account, sub: id }) }),
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        pushedAuthorizationRequests: { enabled: pushed },
        rpInitiatedLogout: {
          enabled: true,
          // No question: the form of the page is sent by the test.
          logoutSource: async (context, form) => { context.body = `<!doctype html><title>logout</title>${form}`; },
        },
        userinfo: { enabled: true },
      },
      interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
    });
    const inner = provider.callback();
    provider.on('server_error', (context, error) => console.error(error));
    provider.on('backchannel.error', (context, error, logoutOf) => site.logouts.push(`${logoutOf.clientId} ${error.response?.status ?? error}`));
    provider.on('backchannel.success', (context, logoutOf) => site.logouts.push(`${logoutOf.clientId} 200`));
    site.app = async (request, response) => {
      if (!request.url.startsWith('/interaction/')) {
        await inner(request, response);
        return;
      }

      const details = await provider.interactionDetails(request, response);
      const result = {};
      if (details.prompt.name === 'login') {
        result.login = { accountId: site.account.sub };
      } else {
        const grant = new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
        grant.addOIDCScope('openid profile email');
        result.consent = { grantId: await grant.save() };
      }

      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
    };
  };
  site.register({});
  return site;
}

// The console sends its authorization request to the first by the back channel (RFC 9126), and to the second in the address.
const sites = [await start(true), await start(false)];
const control = http.createServer(async (request, response) => {
  let text = '';
  for await (const part of request) {
    text += part;
  }

  const wanted = JSON.parse(text);
  const site = sites[wanted.issuer];
  if (wanted.client) {
    site.register(wanted.client);
  }

  site.account = wanted.account ?? site.account;
  response.end(JSON.stringify({ logouts: site.logouts }));
});
console.log(JSON.stringify({ issuers: sites.map((site) => site.issuer), control: `http://127.0.0.1:${await listen(control)}` }));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
