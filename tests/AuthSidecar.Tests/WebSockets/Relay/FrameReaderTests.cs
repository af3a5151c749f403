using AuthSidecar.WebSockets.Relay;

namespace AuthSidecar.Tests.WebSockets.Relay;

/// <summary>The result does not depend on how the bytes are split into reads.</summary>
public sealed class FrameReaderTests
{
    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    [InlineData(true, 100_000)]
    [InlineData(false, 1)]
    [InlineData(false, 7)]
    [InlineData(false, 100_000)]
    public async Task MessagesWithPingsBetween_AreReadForAnyFragmentation(bool isMasked, int cut)
    {
        using var bytes = new MemoryStream();
        var expected = new List<string>();
        foreach (var length in new[] { 0, 1, 125, 126, 65_535, 65_536, 40_000 })
        {
            Write(bytes, new(false, Opcode.Text, length, Mask(isMasked)), 'a');
            Write(bytes, new(true, Opcode.Ping, length % 126, Mask(isMasked)), 'p');
            Write(bytes, new(true, Opcode.Continuation, 3, Mask(isMasked)), 'z');
            expected.Add($"Ping {new string('p', length % 126)}");
            expected.Add($"Text {new string('a', length)}zzz");
        }

        Write(bytes, new(true, Opcode.Close, 0, Mask(isMasked)), 'c');
        expected.Add("Close ");

        Assert.Equal(expected, await ReadAsync(bytes.ToArray(), isMasked, cut));
    }

    [Fact]
    public async Task AMessage_IsRead_UpToTheLimit()
    {
        using var reader = new FrameReader(new MemoryStream([0x01, 2, 1, 2, 0x80, 2, 3, 4]), isMasked: false) { MostBytes = 3 };

        Assert.Equal(2, (await reader.ReadAsync(CancellationToken.None))!.Value.Payload.Count);
        var wrong = await Assert.ThrowsAsync<FrameException>(async () => await reader.ReadAsync(CancellationToken.None));
        Assert.Equal(CloseReason.MessageTooBig, wrong.CloseReason);
    }

    [Fact]
    public async Task TheEndWithinAFrame_IsTheEnd()
    {
        using var reader = new FrameReader(new MemoryStream([0x82, 5, 1]), isMasked: false) { MostBytes = 100 };

        Assert.Equal(1, (await reader.ReadAsync(CancellationToken.None))!.Value.Payload.Count);
        Assert.Null(await reader.ReadAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(125, 2)]
    [InlineData(126, 4)]
    [InlineData(65_535, 4)]
    [InlineData(65_536, 10)]
    [InlineData(long.MaxValue, 10)]
    public void AHeader_IsWrittenAsShortAsItCanBe_AndReadBack(long length, int size)
    {
        foreach (var mask in new uint?[] { null, 0xDEADBEEF })
        {
            var header = new FrameHeader(true, Opcode.Binary, length, mask);
            var room = new byte[FrameHeader.Longest];

            var written = header.WriteBefore(room);

            Assert.Equal(size + (mask is null ? 0 : 4), written);
            Assert.Equal(written, FrameHeader.LengthOf(room.AsSpan(^written..)));
            Assert.Equal(header, FrameHeader.Read(room.AsSpan(^written..), mask is not null));
        }
    }

    [Fact]
    public void Masking_InPieces_IsMaskingTheWhole()
    {
        var whole = Enumerable.Range(0, 100).Select(number => (byte)number).ToArray();
        var pieces = whole.ToArray();
        FrameMask.Apply(whole, 0x11223344);
        for (var (at, key, size) = (0, 0x11223344u, 1); at < pieces.Length; size++)
        {
            var piece = pieces.AsSpan(at, Math.Min(size, pieces.Length - at));
            FrameMask.Apply(piece, key);
            key = FrameMask.After(key, piece.Length);
            at += piece.Length;
        }

        Assert.Equal(whole, pieces);
        Assert.Equal(0x44 ^ 0, whole[0]);
        Assert.Equal(0x33 ^ 1, whole[1]);
    }

    private static uint? Mask(bool isMasked) => isMasked ? FrameMask.NextKey() : null;

    private static void Write(MemoryStream bytes, FrameHeader header, char filling)
    {
        var frame = new byte[FrameHeader.Longest + header.Length];
        var payload = frame.AsSpan(FrameHeader.Longest);
        payload.Fill((byte)filling);
        if (header.Mask is { } mask)
        {
            FrameMask.Apply(payload, mask);
        }

        var size = header.WriteBefore(frame.AsSpan(0, FrameHeader.Longest));
        bytes.Write(frame.AsSpan(FrameHeader.Longest - size));
    }

    private static async Task<List<string>> ReadAsync(byte[] bytes, bool isMasked, int cut)
    {
        using var reader = new FrameReader(new CutStream(bytes, cut), isMasked) { MostBytes = 1_000_000 };
        var read = new List<string>();
        var message = "";
        var kind = Opcode.Continuation;
        while (await reader.ReadAsync(CancellationToken.None) is { } part)
        {
            var text = System.Text.Encoding.ASCII.GetString(part.Payload);
            Assert.True(part.Payload.Offset >= FrameHeader.Longest);
            if (part.IsControl)
            {
                read.Add($"{part.Opcode} {text}");
                continue;
            }

            kind = part.Opcode == Opcode.Continuation ? kind : part.Opcode;
            message += text;
            if (part.IsFinal)
            {
                read.Add($"{kind} {message}");
                message = "";
            }
        }

        return read;
    }

    /// <summary>Returns at most a given number of bytes per read.</summary>
    private sealed class CutStream(byte[] bytes, int cut) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(cut, buffer.Length)], cancellationToken);
    }
}
