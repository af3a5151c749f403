"""The server of the interoperability cases on grpcio. Usage: server.py descriptor-set. Prints its port and runs until it is ended."""

import sys
from concurrent import futures

import grpc

from messages import METHODS, Messages

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"

messages = Messages(sys.argv[1])


def echo_metadata(context):
    for key, value in context.invocation_metadata():
        if key == INITIAL:
            context.send_initial_metadata(((key, value),))
        elif key == TRAILING:
            context.set_trailing_metadata(((key, value),))


def abort_if_asked(message, context):
    if message.HasField("response_status") and message.response_status.code:
        code = next(code for code in grpc.StatusCode if code.value[0] == message.response_status.code)
        context.abort(code, message.response_status.message)


def answer(message, context):
    for parameters in message.response_parameters:
        if not parameters.compressed.value:
            context.disable_next_message_compression()
        yield messages.StreamingOutputCallResponse(payload=messages.zeros(parameters.size))


def empty_call(request, context):
    return request


def unary_call(request, context):
    echo_metadata(context)
    abort_if_asked(request, context)
    if not request.response_compressed.value:
        context.disable_next_message_compression()
    return messages.SimpleResponse(payload=messages.zeros(request.response_size))


def streaming_output_call(request, context):
    yield from answer(request, context)


def streaming_input_call(requests, context):
    return messages.StreamingInputCallResponse(aggregated_payload_size=sum(len(request.payload.body) for request in requests))


def full_duplex_call(requests, context):
    echo_metadata(context)
    for request in requests:
        abort_if_asked(request, context)
        yield from answer(request, context)


HANDLERS = {
    "EmptyCall": empty_call,
    "UnaryCall": unary_call,
    "StreamingOutputCall": streaming_output_call,
    "StreamingInputCall": streaming_input_call,
    "FullDuplexCall": full_duplex_call,
}


def handler(name):
    kind, request, response = METHODS[name]
    make = getattr(grpc, kind + "_rpc_method_handler")
    return make(HANDLERS[name], getattr(messages, request).FromString, getattr(messages, response).SerializeToString)


server = grpc.server(futures.ThreadPoolExecutor(16), compression=grpc.Compression.Gzip)
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.testing.TestService", {name: handler(name) for name in HANDLERS}),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
server.wait_for_termination()
