// An application with the snippets of the guide: it uses the tokens in order, sends hello, and is done when the last token's socket has echoed it.
const run = async ({ address, tokens, patience }) => {
  const seen = { refreshed: 0, waited: 0, received: 0 };
  const end = await keepOpen({
    address,
    token: tokens[0],
    refresh: async () => {
      seen.refreshed += 1;
      return tokens[seen.refreshed];
    },
    wait: async () => {
      seen.waited += 1;
      if (seen.waited > patience) {
        throw new Error('impatient');
      }
    },
    onOpen: (socket) => {
      socket.onmessage = ({ data }) => {
        seen.received += 1;
        if (data !== 'hello') {
          socket.send('hello');
        } else if (seen.refreshed === tokens.length - 1) {
          socket.close(1000, 'done');
        }
      };
    },
  }).catch((error) => ({ step: error.message }));
  return JSON.stringify({ ...seen, step: end.step, code: end.code ?? 0, reason: end.reason ?? '' });
};
