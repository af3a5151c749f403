// Runs inside a page: opens WebSockets like its script, and returns everything that the script can observe.
async (calls) => {
  const open = (call) => new Promise((resolve) => {
    const seen = { opened: false, protocol: '', messages: [] };
    const socket = new WebSocket(call.url, call.protocols);
    socket.onopen = () => {
      seen.opened = true;
      seen.protocol = socket.protocol;
      if (call.first !== null) {
        socket.send(call.first);
      }
    };
    socket.onmessage = (event) => {
      seen.messages.push(event.data);
      if (seen.messages.length === call.wanted) {
        socket.close(1000, 'done');
      }
    };
    socket.onclose = (event) => resolve({ ...seen, code: event.code, reason: event.reason });
  });
  return JSON.stringify(await Promise.all(calls.map(open)));
}
