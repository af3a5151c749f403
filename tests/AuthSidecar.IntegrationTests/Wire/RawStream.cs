using System.Buffers.Binary;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>One request on a <see cref="RawConnection"/>.</summary>
internal sealed class RawStream(RawConnection connection, int id)
{
    public const int Cancel = 8;

    private const int MaxFrameSize = 16_384;

    public int Id => id;

    /// <summary>Sends within the server's initial windows; does not wait for window updates.</summary>
    public async Task SendDataAsync(ReadOnlyMemory<byte> data, bool endStream)
    {
        for (; data.Length > MaxFrameSize; data = data[MaxFrameSize..])
        {
            await connection.SendAsync(RawFrameType.Data, 0, id, data[..MaxFrameSize]);
        }

        await connection.SendAsync(RawFrameType.Data, endStream ? RawFrame.EndStreamFlag : (byte)0, id, data);
    }

    public Task ResetAsync()
    {
        var code = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(code, Cancel);
        return connection.SendAsync(RawFrameType.ResetStream, 0, id, code);
    }

    /// <summary>All frames up to the end of the response: END_STREAM, RST_STREAM, or the end of the connection.</summary>
    public async Task<RawReply> ReplyAsync()
    {
        var reply = new RawReply();
        while (await connection.NextAsync() is { } frame)
        {
            if (reply.Add(frame, id))
            {
                return reply;
            }
        }

        return reply;
    }
}
