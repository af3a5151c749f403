"""Calls a sidecar through grpcio and prints a line for each case: its name, then what came back.

Usage: interop.py CHECK COMPANION CREDENTIAL KEY DESCRIPTOR-SET
"""

import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

check, companion, credential, key, descriptors = sys.argv[1:]
pool = descriptor_pool.Default()
with open(descriptors, "rb") as file:
    for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        if not proto.name.startswith("google/protobuf/"):
            pool.Add(proto)
factory = message_factory.MessageFactory(pool)
at_check, at_companion = grpc.insecure_channel(check), grpc.insecure_channel(companion)
trusted = [("authorization", "Bearer " + credential), ("x-trace-bin", b"\xfb\xff\x00")]


def message(name):
    return factory.GetPrototype(pool.FindMessageTypeByName(name))


Request, Answer = message("envoy.service.auth.v3.CheckRequest"), message("envoy.service.auth.v3.CheckResponse")
Ask, Owner = message("authsidecar.v1.IsAuthorizedRequest"), message("authsidecar.v1.IsAuthorizedResponse")
Entry = message("envoy.service.accesslog.v3.StreamAccessLogsMessage")
Check = at_check.unary_unary("/envoy.service.auth.v3.Authorization/Check", Request.SerializeToString, Answer.FromString)
PATH = "/authsidecar.v1.Authorizer/IsAuthorized"
IsAuthorized = at_companion.unary_unary(PATH, Ask.SerializeToString, Owner.FromString)
Elsewhere = at_check.unary_unary(PATH, Ask.SerializeToString, Owner.FromString)
Logs = at_check.stream_unary("/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs", Entry.SerializeToString, Answer.FromString)


def question(token, body=""):
    request = Request()
    http = request.attributes.request.http
    http.method, http.path, http.host, http.body = "GET", "/app", "localhost", body
    http.header_map.headers.add(key="authorization", raw_value=("Bearer " + token).encode())
    request.attributes.context_extensions["policy"] = "app"
    return request


def verdict(request, **options):
    try:
        return f"status {Check(request, **options).status.code}"
    except grpc.RpcError as error:
        return f"error {error.code().value[0]}"


def outcome(method, **options):
    try:
        return f"user {method(Ask(key=options.pop('token', key)), **options).username}"
    except grpc.RpcError as error:
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        return f"error {error.code().value[0]} {error.details()}" + (f" {str(b'invalid_key' in details).lower()}" if details else "")


def at_once():
    calls = [Check.future(question(key)) for _ in range(100)]
    return ",".join(sorted({f"status {call.result().status.code}" for call in calls}))


def cancelled():
    def entries():
        yield Entry()
        call.cancel()
        yield Entry()

    call = None
    call = Logs.future(entries())
    try:
        call.result()
        return "ended"
    except grpc.FutureCancelledError:
        return "error 1"


def ended():
    Logs(iter([Entry()]))
    return "ended"


for name, run in {
    "check_allowed": lambda: verdict(question(key)),
    "check_refused": lambda: verdict(question("ask_x")),
    "check_empty": lambda: verdict(Request()),
    "check_compressed": lambda: verdict(question(key), compression=grpc.Compression.Gzip),
    "check_too_large": lambda: verdict(question(key, "b" * (34 << 20))),
    "check_100_at_once": at_once,
    "companion_answers": lambda: outcome(IsAuthorized, metadata=trusted),
    "companion_refuses": lambda: outcome(IsAuthorized, metadata=trusted, token="ask_x"),
    "companion_without_credential": lambda: outcome(IsAuthorized),
    "unknown_service": lambda: " ".join(outcome(Elsewhere, metadata=trusted).split(" ")[:2]),
    "deadline_passed": lambda: verdict(question(key), timeout=-1),
    "stream_cancelled": cancelled,
    "stream_ended": ended,
    "check_after_all": lambda: verdict(question(key)),
}.items():
    print(f"{name}: {run()}", flush=True)
