// The client of the interoperability cases on @grpc/grpc-js. Usage: client.js host:port
// Prints a line for each case: its name, then "ok" or what went wrong.
'use strict';

const assert = require('assert');
const { grpc, testing, zeros } = require('./service');

const GZIP = { 'grpc.default_compression_algorithm': 2 };
const NO_COMPRESS = 2;
const REQUESTS = [27182, 8, 1828, 45904];
const RESPONSES = [31415, 9, 2653, 58979];
const SPECIAL = '\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1F608}\t\n';
const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';

const connect = (Client, options) => new Client(process.argv[2], grpc.credentials.createInsecure(), options);
const client = connect(testing.TestService);
const compressing = connect(testing.TestService, GZIP);

function unary(from, method, request, metadata = new grpc.Metadata()) {
  return new Promise((resolve) => {
    const seen = {};
    const call = from[method](request, metadata, (error, response) => Object.assign(seen, { error, response }));
    call.on('metadata', (headers) => { seen.headers = headers; });
    call.on('status', (status) => resolve(Object.assign(seen, { status })));
  });
}

// Reads a streaming call to its end; each message may be answered by the caller.
function drain(call, onMessage = () => {}) {
  return new Promise((resolve) => {
    const seen = { sizes: [] };
    call.on('metadata', (headers) => { seen.headers = headers; });
    call.on('data', (response) => {
      seen.sizes.push(response.payload.body.length);
      onMessage(seen.sizes.length);
    });
    call.on('error', (error) => { seen.error = error; });
    call.on('status', (status) => resolve(Object.assign(seen, { status })));
  });
}

function upload(from, send) {
  return new Promise((resolve) => {
    const seen = {};
    const call = from.StreamingInputCall((error, response) => Object.assign(seen, { error, response }));
    call.on('status', (status) => resolve(Object.assign(seen, { status })));
    send(call);
  });
}

const large = (more) => ({ response_size: 314159, payload: zeros(271828), ...more });
const ping = (request, response) => ({ payload: zeros(request), response_parameters: [{ size: response }] });

function assertLarge(seen) {
  assert.strictEqual(seen.status.code, 0, seen.status.details);
  assert.strictEqual(seen.response.payload.body.length, 314159);
}

function assertEchoed(seen) {
  assert.strictEqual(seen.status.code, 0, seen.status.details);
  assert.deepStrictEqual(seen.headers.get(INITIAL), ['test_initial_metadata_value']);
  assert.deepStrictEqual(seen.status.metadata.get(TRAILING), [Buffer.from([0xab, 0xab, 0xab])]);
}

async function assertStatus(message) {
  const response_status = { code: 2, message };
  const one = await unary(client, 'UnaryCall', { response_status });
  assert.deepStrictEqual([one.status.code, one.status.details], [2, message]);
  const call = client.FullDuplexCall();
  call.write({ response_status });
  call.end();
  const many = await drain(call);
  assert.deepStrictEqual([many.status.code, many.status.details], [2, message]);
}

const cases = {
  async empty_unary() {
    const seen = await unary(client, 'EmptyCall', {});
    assert.strictEqual(seen.status.code, 0, seen.status.details);
    assert.deepStrictEqual(seen.response, {});
  },
  async large_unary() {
    assertLarge(await unary(client, 'UnaryCall', large()));
  },
  async concurrent_large_unary() {
    (await Promise.all(Array.from({ length: 100 }, () => unary(client, 'UnaryCall', large())))).forEach(assertLarge);
  },
  async client_compressed_unary() {
    assert.strictEqual((await unary(client, 'UnaryCall', large({ expect_compressed: { value: true } }))).status.code, 3);
    assertLarge(await unary(compressing, 'UnaryCall', large({ expect_compressed: { value: true } })));
    assertLarge(await unary(client, 'UnaryCall', large({ expect_compressed: { value: false } })));
  },
  async server_compressed_unary() {
    assertLarge(await unary(client, 'UnaryCall', large({ response_compressed: { value: true } })));
    assertLarge(await unary(client, 'UnaryCall', large({ response_compressed: { value: false } })));
  },
  async client_streaming() {
    const seen = await upload(client, (call) => {
      REQUESTS.forEach((size) => call.write({ payload: zeros(size) }));
      call.end();
    });
    assert.strictEqual(seen.response.aggregated_payload_size, 74922);
  },
  async client_compressed_streaming() {
    const probe = await upload(client, (call) => {
      call.write({ payload: zeros(27182), expect_compressed: { value: true } });
      call.end();
    });
    assert.strictEqual(probe.status.code, 3);
    const seen = await upload(compressing, (call) => {
      call.write({ payload: zeros(27182), expect_compressed: { value: true } });
      call.write({ payload: zeros(45904), expect_compressed: { value: false } }, NO_COMPRESS);
      call.end();
    });
    assert.strictEqual(seen.status.code, 0, seen.status.details);
    assert.strictEqual(seen.response.aggregated_payload_size, 73086);
  },
  async server_streaming() {
    const seen = await drain(client.StreamingOutputCall({ response_parameters: RESPONSES.map((size) => ({ size })) }));
    assert.strictEqual(seen.status.code, 0);
    assert.deepStrictEqual(seen.sizes, RESPONSES);
  },
  async server_compressed_streaming() {
    const response_parameters = [{ size: 31415, compressed: { value: true } }, { size: 92653, compressed: { value: false } }];
    assert.deepStrictEqual((await drain(client.StreamingOutputCall({ response_parameters }))).sizes, [31415, 92653]);
  },
  async ping_pong() {
    const call = client.FullDuplexCall();
    const send = (round) => (round < REQUESTS.length ? call.write(ping(REQUESTS[round], RESPONSES[round])) : call.end());
    send(0);
    const seen = await drain(call, send);
    assert.strictEqual(seen.status.code, 0);
    assert.deepStrictEqual(seen.sizes, RESPONSES);
  },
  async empty_stream() {
    const call = client.FullDuplexCall();
    call.end();
    const seen = await drain(call);
    assert.deepStrictEqual([seen.status.code, seen.sizes], [0, []]);
  },
  async cancel_after_begin() {
    assert.strictEqual((await upload(client, (call) => call.cancel())).status.code, 1);
  },
  async cancel_after_first_response() {
    const call = client.FullDuplexCall();
    call.write(ping(27182, 31415));
    const seen = await drain(call, () => call.cancel());
    assert.deepStrictEqual([seen.status.code, seen.sizes], [1, [31415]]);
  },
  async timeout_on_sleeping_server() {
    const call = client.FullDuplexCall({ deadline: Date.now() + 1 });
    assert.strictEqual((await drain(call)).status.code, 4);
  },
  async custom_metadata() {
    const metadata = new grpc.Metadata();
    metadata.add(INITIAL, 'test_initial_metadata_value');
    metadata.add(TRAILING, Buffer.from([0xab, 0xab, 0xab]));
    assertEchoed(await unary(client, 'UnaryCall', large(), metadata));
    const call = client.FullDuplexCall(metadata);
    call.write(ping(271828, 314159));
    call.end();
    assertEchoed(await drain(call));
  },
  async status_code_and_message() {
    await assertStatus('test status message');
  },
  async special_status_message() {
    await assertStatus(SPECIAL);
  },
  async unimplemented_method() {
    assert.strictEqual((await unary(client, 'UnimplementedCall', {})).status.code, 12);
  },
  async unimplemented_service() {
    assert.strictEqual((await unary(connect(testing.UnimplementedService), 'UnimplementedCall', {})).status.code, 12);
  },
};

(async () => {
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
      console.log(`${name}\tok`);
    } catch (error) {
      console.log(`${name}\t${String(error.message).replace(/\s+/g, ' ')}`);
    }
  }
  process.exit(0);
})();
