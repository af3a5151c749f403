// A device by openid-client, certified software independent of the product. Arguments: issuer, client id, label, scope. Prints the
// started grant, then the token or the error; with a token it revokes it when a line arrives on the standard input.
import readline from 'node:readline';
import * as client from 'openid-client';

const [issuer, clientId, label, scope] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const config = await client.discovery(new URL(issuer), clientId, undefined, client.None(), {
  algorithm: 'oauth2',
  execute: [client.allowInsecureRequests],
});
const started = await client.initiateDeviceAuthorization(config, { scope, device_label: label });
say({ server: config.serverMetadata(), ...started });
try {
  const tokens = await client.pollDeviceAuthorizationGrant(config, started);
  say(tokens);
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    await client.tokenRevocation(config, tokens.access_token);
    say({ revoked: true });
    break;
  }
} catch (error) {
  say({ error: error.error ?? error.message, status: error.status });
}
process.exit(0);
