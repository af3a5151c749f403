// The server of the interoperability cases on @grpc/grpc-js. Prints its port and runs until it is ended.
'use strict';

const { grpc, testing, zeros } = require('./service');

const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';

function echoMetadata(call) {
  const initial = call.metadata.get(INITIAL);
  if (initial.length > 0) {
    const headers = new grpc.Metadata();
    headers.add(INITIAL, initial[0]);
    call.sendMetadata(headers);
  }
  const trailers = new grpc.Metadata();
  call.metadata.get(TRAILING).forEach((value) => trailers.add(TRAILING, value));
  return trailers;
}

function askedError(status) {
  return status && status.code !== 0 ? { code: status.code, details: status.message } : null;
}

function write(call, parameters) {
  call.write({ payload: zeros(parameters.size) });
}

const service = {
  EmptyCall: (call, callback) => callback(null, {}),
  UnaryCall(call, callback) {
    const trailers = echoMetadata(call);
    const error = askedError(call.request.response_status);
    callback(error, { payload: zeros(call.request.response_size) }, trailers);
  },
  StreamingOutputCall(call) {
    call.request.response_parameters.forEach((parameters) => write(call, parameters));
    call.end();
  },
  StreamingInputCall(call, callback) {
    let size = 0;
    call.on('data', (request) => { size += request.payload.body.length; });
    call.on('end', () => callback(null, { aggregated_payload_size: size }));
  },
  FullDuplexCall(call) {
    const trailers = echoMetadata(call);
    call.on('data', (request) => {
      const error = askedError(request.response_status);
      if (error) {
        call.emit('error', error);
      } else {
        request.response_parameters.forEach((parameters) => write(call, parameters));
      }
    });
    call.on('end', () => call.end(trailers));
  },
};

const server = new grpc.Server();
server.addService(testing.TestService.service, service);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  console.log(port);
});
