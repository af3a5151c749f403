"""The client of the interoperability cases on grpcio. Usage: client.py host:port descriptor-set

Prints a line for each case: its name, then "ok" or what went wrong.
"""

import queue
import sys

import grpc

from messages import METHODS, UNARY, Messages

REQUESTS = [27182, 8, 1828, 45904]
RESPONSES = [31415, 9, 2653, 58979]
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
METADATA = (("x-grpc-test-echo-initial", "test_initial_metadata_value"), ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab"))

messages = Messages(sys.argv[2])
channel = grpc.insecure_channel(sys.argv[1])


def stub(name, service="grpc.testing.TestService"):
    kind, request, response = METHODS.get(name, (UNARY, "Empty", "Empty"))
    make = getattr(channel, kind)
    return make(f"/{service}/{name}", getattr(messages, request).SerializeToString, getattr(messages, response).FromString)


class Pipe:
    """Requests that are sent when the case says so."""

    def __init__(self):
        self._queue = queue.Queue()

    def send(self, request):
        self._queue.put(request)

    def close(self):
        self._queue.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


def same(expected, actual):
    assert expected == actual, f"expected {expected!r}, not {actual!r}"


def fails(code, call, details=None):
    try:
        call()
    except grpc.RpcError as error:
        same(code, error.code())
        if details is not None:
            same(details, error.details())
        return
    raise AssertionError(f"expected {code}, not success")


def boolean(value):
    return messages.BoolValue(value=value)


def large(**more):
    return messages.SimpleRequest(response_size=314159, payload=messages.zeros(271828), **more)


def ping(request, response):
    parameters = [messages.ResponseParameters(size=response)]
    return messages.StreamingOutputCallRequest(payload=messages.zeros(request), response_parameters=parameters)


def output(*parameters):
    request = messages.StreamingOutputCallRequest(response_parameters=[messages.ResponseParameters(**each) for each in parameters])
    return [len(response.payload.body) for response in stub("StreamingOutputCall")(request)]


def check_large(response):
    same(314159, len(response.payload.body))


def check_status(message):
    status = messages.EchoStatus(code=2, message=message)
    fails(grpc.StatusCode.UNKNOWN, lambda: stub("UnaryCall")(messages.SimpleRequest(response_status=status)), message)
    requests = [messages.StreamingOutputCallRequest(response_status=status)]
    fails(grpc.StatusCode.UNKNOWN, lambda: list(stub("FullDuplexCall")(iter(requests))), message)


def check_echoed(call):
    same([METADATA[0]], [tuple(entry) for entry in call.initial_metadata() if entry[0] == METADATA[0][0]])
    same([METADATA[1]], [tuple(entry) for entry in call.trailing_metadata()])


def empty_unary():
    same(messages.Empty(), stub("EmptyCall")(messages.Empty()))


def large_unary():
    check_large(stub("UnaryCall")(large()))


def concurrent_large_unary():
    for call in [stub("UnaryCall").future(large()) for _ in range(100)]:
        check_large(call.result())


def client_compressed_unary():
    fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: stub("UnaryCall")(large(expect_compressed=boolean(True))))
    check_large(stub("UnaryCall")(large(expect_compressed=boolean(True)), compression=grpc.Compression.Gzip))
    check_large(stub("UnaryCall")(large(expect_compressed=boolean(False))))


def server_compressed_unary():
    check_large(stub("UnaryCall")(large(response_compressed=boolean(True))))
    check_large(stub("UnaryCall")(large(response_compressed=boolean(False))))


def client_streaming():
    requests = [messages.StreamingInputCallRequest(payload=messages.zeros(size)) for size in REQUESTS]
    same(74922, stub("StreamingInputCall")(iter(requests)).aggregated_payload_size)


def client_compressed_streaming():
    # grpcio compresses all messages of a call or none, so the uncompressed one goes with the probe.
    request = messages.StreamingInputCallRequest(payload=messages.zeros(27182), expect_compressed=boolean(True))
    fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: stub("StreamingInputCall")(iter([request])))
    response = stub("StreamingInputCall")(iter([request, request]), compression=grpc.Compression.Gzip)
    same(2 * 27182, response.aggregated_payload_size)


def server_streaming():
    same(RESPONSES, output(*({"size": size} for size in RESPONSES)))


def server_compressed_streaming():
    same([31415, 92653], output({"size": 31415, "compressed": boolean(True)}, {"size": 92653, "compressed": boolean(False)}))


def ping_pong():
    pipe = Pipe()
    call = stub("FullDuplexCall")(iter(pipe))
    for request, response in zip(REQUESTS, RESPONSES):
        pipe.send(ping(request, response))
        same(response, len(next(call).payload.body))
    pipe.close()
    same([], list(call))
    same(grpc.StatusCode.OK, call.code())


def empty_stream():
    call = stub("FullDuplexCall")(iter([]))
    same([], list(call))
    same(grpc.StatusCode.OK, call.code())


def cancel_after_begin():
    pipe = Pipe()
    call = stub("StreamingInputCall").future(iter(pipe))
    call.cancel()
    pipe.close()
    same(True, call.cancelled())
    same(grpc.StatusCode.CANCELLED, call.code())


def cancel_after_first_response():
    pipe = Pipe()
    call = stub("FullDuplexCall")(iter(pipe))
    pipe.send(ping(27182, 31415))
    same(31415, len(next(call).payload.body))
    call.cancel()
    pipe.close()
    fails(grpc.StatusCode.CANCELLED, lambda: next(call))


def timeout_on_sleeping_server():
    pipe = Pipe()
    call = stub("FullDuplexCall")(iter(pipe), timeout=0.001)
    fails(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(call))
    pipe.close()


def custom_metadata():
    response, call = stub("UnaryCall").with_call(large(), metadata=METADATA)
    check_large(response)
    check_echoed(call)
    duplex = stub("FullDuplexCall")(iter([ping(271828, 314159)]), metadata=METADATA)
    same([314159], [len(response.payload.body) for response in duplex])
    check_echoed(duplex)


def status_code_and_message():
    check_status("test status message")


def special_status_message():
    check_status(SPECIAL)


def unimplemented_method():
    fails(grpc.StatusCode.UNIMPLEMENTED, lambda: stub("UnimplementedCall")(messages.Empty()))


def unimplemented_service():
    fails(grpc.StatusCode.UNIMPLEMENTED, lambda: stub("UnimplementedCall", "grpc.testing.UnimplementedService")(messages.Empty()))


CASES = [
    empty_unary, large_unary, concurrent_large_unary, client_compressed_unary, server_compressed_unary, client_streaming,
    client_compressed_streaming, server_streaming, server_compressed_streaming, ping_pong, empty_stream, cancel_after_begin,
    cancel_after_first_response, timeout_on_sleeping_server, custom_metadata, status_code_and_message, special_status_message,
    unimplemented_method, unimplemented_service,
]

for case in CASES:
    try:
        case()
        print(case.__name__, "ok", sep="\t", flush=True)
    except Exception as error:
        print(case.__name__, " ".join(f"{type(error).__name__} {error}".split()), sep="\t", flush=True)
