using System.Buffers;
using System.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.Protobuf;
using Envoy.Service.Auth.V3;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Reads an <see cref="InboundRequest"/> from the bytes of a <c>CheckRequest</c>, skipping irrelevant fields; the generated parser
/// allocates about a hundred objects. Missing fields are empty and a malformed message is an empty request, both of which the steps deny.
/// Never throws, because <c>failure_mode_allow</c> turns a gRPC error into a pass.
/// </summary>
internal static class CheckRequestReader
{
    private const int NanosPerSecond = 1_000_000_000;

    // Until then nanoseconds since 1970 fit into 64 bits.
    private const ulong MostSeconds = 9_000_000_000;

    private static readonly InboundRequest _empty = new()
    {
        Method = "",
        Host = "",
        Target = "",
        Headers = new(),
    };

    public static InboundRequest Read(in ReadOnlySequence<byte> message)
    {
        try
        {
            return ReadWhole(message);
        }
        catch (Exception fault)
        {
            return Unread(fault);
        }
    }

    /// <summary>A request that could not be read; denied with <c>internal_error</c>.</summary>
    public static InboundRequest Unread(Exception fault) =>
        new()
        {
            Method = "",
            Host = "",
            Target = "",
            Headers = new(),
            Fault = fault,
        };

    private static InboundRequest ReadWhole(in ReadOnlySequence<byte> message)
    {
        if (message.IsSingleSegment)
        {
            return Read(message.FirstSpan);
        }

        var length = (int)message.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            message.CopyTo(rented);
            return Read(rented.AsSpan(0, length));
        }
        finally
        {
            // The message contains credentials.
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    public static InboundRequest Read(ReadOnlySpan<byte> message)
    {
        try
        {
            var facts = new Facts();
            var reader = new ProtobufReader(message);
            while (reader.Read())
            {
                if (reader.Field == CheckRequest.AttributesFieldNumber)
                {
                    ReadAttributes(reader.Content, ref facts);
                }
            }

            return facts.ToRequest(RepeatKey.Of(facts.Stream, facts.Time, message));
        }
        catch (InvalidDataException)
        {
            return _empty;
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
            switch (reader.Field)
            {
                case AttributeContext.Types.Request.TimeFieldNumber:
                    facts.Time = ReadTime(reader.Content);
                    break;
                case AttributeContext.Types.Request.HttpFieldNumber:
                    HttpReader.Read(reader.Content, ref facts);
                    break;
            }
        }
    }

    // 0 for a time that Envoy does not send: without a fraction of a second it comes from a proxy whose ids may be the client's.
    private static long ReadTime(ReadOnlySpan<byte> time)
    {
        var (seconds, nanos) = (0UL, 0UL);
        var reader = new ProtobufReader(time);
        while (reader.Read())
        {
            seconds = reader.Field == Timestamp.SecondsFieldNumber ? reader.Number : seconds;
            nanos = reader.Field == Timestamp.NanosFieldNumber ? reader.Number : nanos;
        }

        return seconds < MostSeconds && nanos is > 0 and < NanosPerSecond ? ((long)seconds * NanosPerSecond) + (long)nanos : 0;
    }

    private static void ReadPeer(ReadOnlySpan<byte> peer, ref Facts facts)
    {
        var reader = new ProtobufReader(peer);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case AttributeContext.Types.Peer.AddressFieldNumber:
                    var socket = ProtobufReader.Last(reader.Content, global::Envoy.Config.Core.V3.Address.SocketAddressFieldNumber);
                    facts.PeerAddress = Encoding.UTF8.GetString(
                        ProtobufReader.Last(socket, global::Envoy.Config.Core.V3.SocketAddress.AddressFieldNumber)
                    );
                    break;
                case AttributeContext.Types.Peer.PrincipalFieldNumber:
                    facts.Principal = Encoding.UTF8.GetString(reader.Content);
                    break;
            }
        }
    }

    // A map entry is a message with key (1) and value (2).
    private static void ReadExtension(ReadOnlySpan<byte> entry, ref Facts facts)
    {
        var name = ProtobufReader.Last(entry, 1);
        if (name.SequenceEqual("policy"u8))
        {
            facts.PolicyName = Encoding.UTF8.GetString(ProtobufReader.Last(entry, 2));
        }
        else if (name.SequenceEqual("ws_closer"u8))
        {
            facts.HasCloser = ProtobufReader.Last(entry, 2).SequenceEqual("true"u8);
        }
    }

    /// <summary>The fields read so far.</summary>
    internal struct Facts()
    {
        public string Method = "";
        public string Host = "";
        public string Target = "";
        public string PeerAddress = "";
        public string Principal = "";
        public string? PolicyName;
        public bool HasCloser;
        public ulong Stream;
        public long Time;
        public RequestBody Body;
        public Lazy<RequestBody>? CodedBody;

        public RequestHeaders Headers { get; } = new();

        public readonly InboundRequest ToRequest(RepeatKey repeatKey) =>
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
                CodedBody = CodedBody,
                RepeatKey = repeatKey,
            };
    }
}
