// What the server and the client scripts have in common.
'use strict';

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const root = path.join(__dirname, '..', 'Protos');
const definition = loader.loadSync('grpc/testing/test.proto', { includeDirs: [root], keepCase: true, longs: Number, defaults: true });

exports.grpc = grpc;
exports.testing = grpc.loadPackageDefinition(definition).grpc.testing;
exports.zeros = (size) => ({ body: Buffer.alloc(size) });
