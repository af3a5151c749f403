"""Records one interception as a service in Python would; prints the code, and the reason and message in it, of each answer."""

import sys
import time

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory, struct_pb2, timestamp_pb2

address, credential, descriptors, interception = sys.argv[1:]
pool = descriptor_pool.Default()
with open(descriptors, "rb") as file:
    for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        if not proto.name.startswith("google/protobuf/"):
            pool.Add(proto)
factory = message_factory.MessageFactory(pool)
channel = grpc.insecure_channel(address)


def message(name):
    return factory.GetPrototype(pool.FindMessageTypeByName("authsidecar.v1." + name))


def call(method, **fields):
    rpc = channel.unary_unary(
        "/authsidecar.v1.Recorder/" + method,
        request_serializer=message(method + "Request").SerializeToString,
        response_deserializer=message(method + "Response").FromString,
    )
    try:
        rpc(message(method + "Request")(**fields), metadata=[("authorization", "Bearer " + credential)], timeout=30)
        print("OK")
    except grpc.RpcError as error:
        print(error.code().name, error.details())


def packed(value):
    wrapped = any_pb2.Any()
    wrapped.Pack(value)
    return wrapped


def now():
    moment = timestamp_pb2.Timestamp()
    moment.FromNanoseconds(time.time_ns())
    return moment


initiator = "0195d3c4-0000-7000-8000-0000000000aa"
call("RecordInterception", id=interception, initiator_id=initiator, api_key_id="abcdefghijkl", provider="openai", model="gpt-5",
     metadata={"key": packed(struct_pb2.Value(number_value=123.45))}, started_at=now(), user_agent="python")
call("RecordTokenUsage", interception_id=interception, msg_id="msg_1", input_tokens=10, output_tokens=5, created_at=now())
call("RecordTokenUsage", interception_id=interception, input_tokens=-1)
call("RecordPromptUsage", interception_id=interception, prompt="What is it?", created_at=now())
call("RecordInterceptionEnded", id=interception, ended_at=now())
