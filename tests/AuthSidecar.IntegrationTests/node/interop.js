// Calls a sidecar through @grpc/grpc-js and prints one line per case: its name and the result.
// Usage: interop.js CHECK COMPANION CREDENTIAL KEY PROTOS…
'use strict';

const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [check, companion, credential, key, ...protos] = process.argv.slice(2);
const files = ['envoy/service/auth/v3/external_auth.proto', 'envoy/service/accesslog/v3/als.proto', 'authsidecar/v1/authorizer.proto'];
const api = grpc.loadPackageDefinition(loader.loadSync(files, { includeDirs: protos, keepCase: true, defaults: true }));
const plain = grpc.credentials.createInsecure();
const gzip = { 'grpc.default_compression_algorithm': 2 };
const authz = new api.envoy.service.auth.v3.Authorization(check, plain);
const packed = new api.envoy.service.auth.v3.Authorization(check, plain, gzip);
const logs = new api.envoy.service.accesslog.v3.AccessLogService(check, plain);
const authorizer = new api.authsidecar.v1.Authorizer(companion, plain);
const elsewhere = new api.authsidecar.v1.Authorizer(check, plain);

const trusted = new grpc.Metadata();
trusted.set('authorization', `Bearer ${credential}`);
trusted.set('x-trace-bin', Buffer.from([0xfb, 0xff, 0]));

const question = (token, body = '') => ({
  attributes: {
    request: { http: { method: 'GET', path: '/app', host: 'localhost', body, header_map: { headers: [{ key: 'authorization', raw_value: Buffer.from(`Bearer ${token}`) }] } } },
    context_extensions: { policy: 'app' },
  },
});

const unary = (client, method, request, metadata = new grpc.Metadata(), options = {}) => new Promise((resolve) => {
  client[method](request, metadata, options, (error, answer) => resolve(error ?? answer));
});
const verdict = (answer) => (answer.status === undefined || answer.code !== undefined ? `error ${answer.code}` : `status ${answer.status.code}`);
const outcome = (answer) => (answer.code === undefined ? `user ${answer.username}` : `error ${answer.code} ${answer.details}`);

const cases = {
  check_allowed: async () => verdict(await unary(authz, 'Check', question(key))),
  check_refused: async () => verdict(await unary(authz, 'Check', question('ask_x'))),
  check_empty: async () => verdict(await unary(authz, 'Check', {})),
  check_compressed: async () => verdict(await unary(packed, 'Check', question(key))),
  check_too_large: async () => verdict(await unary(authz, 'Check', question(key, 'b'.repeat(34 << 20)))),
  check_100_at_once: async () => [...new Set((await Promise.all(Array.from({ length: 100 }, () => unary(authz, 'Check', question(key))))).map(verdict))].join(),
  companion_answers: async () => outcome(await unary(authorizer, 'IsAuthorized', { key }, trusted)),
  companion_refuses: async () => {
    const refusal = await unary(authorizer, 'IsAuthorized', { key: 'ask_x' }, trusted);
    return `${outcome(refusal)} ${/invalid_key/.test(refusal.metadata.get('grpc-status-details-bin')[0].toString('latin1'))}`;
  },
  companion_without_credential: async () => outcome(await unary(authorizer, 'IsAuthorized', { key })),
  unknown_service: async () => outcome(await unary(elsewhere, 'IsAuthorized', { key }, trusted)).split(' ').slice(0, 2).join(' '),
  deadline_passed: async () => verdict(await unary(authz, 'Check', question(key), new grpc.Metadata(), { deadline: Date.now() - 1 })),
  stream_cancelled: () => new Promise((resolve) => {
    const call = logs.StreamAccessLogs((error) => resolve(`error ${error.code}`));
    call.write({}, () => call.cancel());
  }),
  stream_ended: () => new Promise((resolve) => {
    const call = logs.StreamAccessLogs((error) => resolve(error ? `error ${error.code}` : 'ended'));
    call.write({});
    call.end();
  }),
  check_after_all: async () => verdict(await unary(authz, 'Check', question(key))),
};

(async () => {
  for (const [name, run] of Object.entries(cases)) {
    console.log(`${name}: ${await run()}`);
  }
  process.exit(0);
})();
