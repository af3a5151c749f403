using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>The frames of one response, and their meaning.</summary>
internal sealed class RawReply
{
    private readonly List<List<(string Name, string Value)>> _blocks = [];
    private readonly List<byte> _data = [];

    /// <summary>The error of a RST_STREAM or GOAWAY that ended the response.</summary>
    public int? ResetCode { get; private set; }

    public bool IsConnectionError { get; private set; }

    public bool IsEnded { get; private set; }

    public string HttpStatus => Header(":status")!;

    /// <summary>One HEADERS frame and nothing else.</summary>
    public bool IsTrailersOnly => _blocks.Count == 1 && _data.Count == 0;

    public int GrpcStatus => int.Parse(Trailer("grpc-status")!, CultureInfo.InvariantCulture);

    public string? GrpcMessage => Trailer("grpc-message");

    public byte[] Body => [.. _data];

    public string? Header(string name) => Value(_blocks[0], name);

    public string? Trailer(string name) => Value(_blocks[^1], name);

    /// <summary>The only message of the response.</summary>
    public T Message<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        Assert.Equal(0, _data[0]);
        Assert.Equal(_data.Count - 5, BinaryPrimitives.ReadInt32BigEndian(Body.AsSpan(1)));
        return parser.ParseFrom(Body, 5, _data.Count - 5);
    }

    /// <returns>True at the end of the response.</returns>
    public bool Add(RawFrame frame, int streamId)
    {
        switch (frame.Type)
        {
            case RawFrameType.GoAway when frame.ErrorCode != 0:
                (ResetCode, IsConnectionError) = (frame.ErrorCode, true);
                return true;
            case RawFrameType.Headers when frame.StreamId == streamId:
                _blocks.Add(Hpack.Decode(frame.Payload));
                break;
            case RawFrameType.Data when frame.StreamId == streamId:
                _data.AddRange(frame.Payload);
                break;
            case RawFrameType.ResetStream when frame.StreamId == streamId:
                ResetCode = frame.ErrorCode;
                return true;
        }

        IsEnded |= frame.StreamId == streamId && frame.EndsStream;
        return IsEnded;
    }

    private static string? Value(List<(string Name, string Value)> block, string name)
    {
        var values = block.Where(field => field.Name == name).Select(field => field.Value).ToList();
        return values.Count == 0 ? null : string.Join(',', values);
    }
}
