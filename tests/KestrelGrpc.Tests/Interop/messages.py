"""The messages of the interoperability cases, from a descriptor set that the tests write: Debian has no protoc for Python."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

UNARY, CLIENT, SERVER, DUPLEX = "unary_unary", "stream_unary", "unary_stream", "stream_stream"

METHODS = {
    "EmptyCall": (UNARY, "Empty", "Empty"),
    "UnaryCall": (UNARY, "SimpleRequest", "SimpleResponse"),
    "StreamingOutputCall": (SERVER, "StreamingOutputCallRequest", "StreamingOutputCallResponse"),
    "StreamingInputCall": (CLIENT, "StreamingInputCallRequest", "StreamingInputCallResponse"),
    "FullDuplexCall": (DUPLEX, "StreamingOutputCallRequest", "StreamingOutputCallResponse"),
}


class Messages:
    def __init__(self, path):
        pool = descriptor_pool.DescriptorPool()
        with open(path, "rb") as file:
            for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
                pool.Add(proto)
        self._pool = pool
        self._factory = message_factory.MessageFactory(pool)

    def __getattr__(self, name):
        return self._factory.GetPrototype(self._pool.FindMessageTypeByName("grpc.testing." + name))

    def zeros(self, size):
        return self.Payload(body=bytes(size))
