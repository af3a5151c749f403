using System.Buffers;
using System.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.Protobuf;
using Envoy.Service.Auth.V3;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// From the bytes of Envoy's question to ours, without the hundred objects between: what no decision depends on is passed over unread. The
/// only reader of it.
/// Missing fields read as empty, and a malformed message as an empty request; no step lets either through. Never throws, because Envoy may
/// turn a gRPC error into a pass.
/// </summary>
internal static class CheckRequestReader
{
    private static readonly InboundRequest _nothing = new()
    {
        Method = "",
        Host = "",
        Target = "",
        Headers = new(),
    };

    public static InboundRequest Read(in ReadOnlySequence<byte> question)
    {
        try
        {
            return ReadWhole(question);
        }
        catch (Exception fault)
        {
            return new()
            {
                Method = "",
                Host = "",
                Target = "",
                Headers = new(),
                Fault = fault,
            };
        }
    }

    private static InboundRequest ReadWhole(in ReadOnlySequence<byte> question)
    {
        if (question.IsSingleSegment)
        {
            return Read(question.FirstSpan);
        }

        var length = (int)question.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            question.CopyTo(rented);
            return Read(rented.AsSpan(0, length));
        }
        finally
        {
            // It held credentials.
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    public static InboundRequest Read(ReadOnlySpan<byte> question)
    {
        try
        {
            var facts = new Facts();
            var reader = new ProtobufReader(question);
            while (reader.Read())
            {
                if (reader.Field == CheckRequest.AttributesFieldNumber)
                {
                    ReadAttributes(reader.Content, ref facts);
                }
            }

            return facts.ToRequest();
        }
        catch (InvalidDataException)
        {
            return _nothing;
        }
    }

    private static void ReadAttributes(ReadOnlySpan<byte> attributes, ref Facts facts)
    {
        var reader = new ProtobufReader(attributes);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case AttributeContext.SourceFieldNumber:
                    ReadPeer(reader.Content, ref facts);
                    break;
                case AttributeContext.RequestFieldNumber:
                    ReadRequest(reader.Content, ref facts);
                    break;
                case AttributeContext.ContextExtensionsFieldNumber:
                    ReadExtension(reader.Content, ref facts);
                    break;
            }
        }
    }

    private static void ReadRequest(ReadOnlySpan<byte> request, ref Facts facts)
    {
        var reader = new ProtobufReader(request);
        while (reader.Read())
        {
            if (reader.Field == AttributeContext.Types.Request.HttpFieldNumber)
            {
                HttpReader.Read(reader.Content, ref facts);
            }
        }
    }

    private static void ReadPeer(ReadOnlySpan<byte> peer, ref Facts facts)
    {
        var reader = new ProtobufReader(peer);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case AttributeContext.Types.Peer.AddressFieldNumber:
                    var socket = Last(reader.Content, global::Envoy.Config.Core.V3.Address.SocketAddressFieldNumber);
                    facts.PeerAddress = Encoding.UTF8.GetString(
                        Last(socket, global::Envoy.Config.Core.V3.SocketAddress.AddressFieldNumber)
                    );
                    break;
                case AttributeContext.Types.Peer.PrincipalFieldNumber:
                    facts.Principal = Encoding.UTF8.GetString(reader.Content);
                    break;
            }
        }
    }

    // An entry of a map is a message of key (1) and value (2).
    private static void ReadExtension(ReadOnlySpan<byte> entry, ref Facts facts)
    {
        var name = Last(entry, 1);
        if (name.SequenceEqual("policy"u8))
        {
            facts.PolicyName = Encoding.UTF8.GetString(Last(entry, 2));
        }
        else if (name.SequenceEqual("ws_closer"u8))
        {
            facts.HasCloser = Last(entry, 2).SequenceEqual("true"u8);
        }
    }

    private static ReadOnlySpan<byte> Last(ReadOnlySpan<byte> message, int field)
    {
        ReadOnlySpan<byte> found = default;
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            if (reader.Field == field)
            {
                found = reader.Content;
            }
        }

        return found;
    }

    /// <summary>What was found so far.</summary>
    internal struct Facts()
    {
        public string Method = "";
        public string Host = "";
        public string Target = "";
        public string PeerAddress = "";
        public string Principal = "";
        public string? PolicyName;
        public bool HasCloser;
        public RequestBody Body;

        public RequestHeaders Headers { get; } = new();

        public readonly InboundRequest ToRequest() =>
            new()
            {
                Method = Method,
                Host = Host,
                Target = Target,
                Headers = Headers,
                PeerAddress = PeerAddress,
                Principal = Principal,
                PolicyName = PolicyName,
                HasCloser = HasCloser,
                Body = Body,
            };
    }
}
