// Opens WebSockets with the package ws, all of one line of standard input concurrently, and prints its observations.
'use strict';

const readline = require('node:readline');
const WebSocket = require('ws');

function open(call) {
  return new Promise((resolve) => {
    const seen = { opened: false, protocol: '', messages: [], code: 0, reason: '' };
    const socket = new WebSocket(call.url, call.protocols, { headers: call.headers });
    socket.on('unexpected-response', (request, response) => {
      resolve({ ...seen, code: 1006, status: response.statusCode, headers: response.headers });
      request.destroy();
    });
    socket.on('open', () => {
      seen.opened = true;
      seen.protocol = socket.protocol;
      if (call.first !== null) {
        socket.send(call.first);
      }
    });
    socket.on('message', (data) => {
      seen.messages.push(data.toString());
      if (seen.messages.length === call.wanted) {
        socket.close(1000, 'done');
      }
    });
    socket.on('close', (code, reason) => resolve({ ...seen, code, reason: reason.toString() }));
    socket.on('error', (error) => { seen.fault = error.message; });
  });
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await Promise.all(JSON.parse(line).map(open)))}\n`);
  }
}

main();
