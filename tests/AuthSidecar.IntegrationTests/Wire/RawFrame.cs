namespace AuthSidecar.IntegrationTests.Wire;

internal enum RawFrameType
{
    Data = 0,
    Headers = 1,
    ResetStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>One HTTP/2 frame as received.</summary>
internal sealed record RawFrame(RawFrameType Type, byte Flags, int StreamId, byte[] Payload)
{
    public const byte EndStreamFlag = 0x1;
    public const byte AckFlag = 0x1;
    public const byte EndHeadersFlag = 0x4;

    public bool EndsStream => Type is RawFrameType.Data or RawFrameType.Headers && (Flags & EndStreamFlag) != 0;

    /// <summary>The error code of RST_STREAM, or of GOAWAY after its last stream.</summary>
    public int ErrorCode => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(Payload.AsSpan(Type == RawFrameType.GoAway ? 4 : 0));

    public int LastStreamId => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(Payload);
}
