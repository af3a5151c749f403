using System.IO.Compression;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Memory limits of compressed bodies.</summary>
public sealed class ContentDecoderTests
{
    private const string Body = """{"model":"m","choices":[],"usage":{"prompt_tokens":7}}""";

    [Theory]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(24)]
    public void AWindow_IsReadFromTheFirstByte(int bits)
    {
        var body = Brotli(bits);
        var isRead = bits <= DecoderMemory.MostWindowBits;

        Assert.Equal(bits, DecoderMemory.WindowBits(body[0]));
        var summary = Reading.Read(Reading.Json with { ContentEncoding = "br" }, Reading.ByteByByte(body));
        Assert.Equal((isRead ? 7L : null, isRead ? null : ErrorNames.Window), (summary.Counts[UsageField.Input], summary.ErrorType));
        using var request = new RequestReader("br");
        request.Read(body);
        Assert.Equal(isRead ? "m" : null, request.Model);
    }

    // Every first byte of RFC 7932 9.1: 10 to 24 from its table, and bytes that are not Brotli.
    [Fact]
    public void EveryFirstByte_HasAWindow() =>
        Assert.All(Enumerable.Range(0, 256), first =>
            Assert.Contains(DecoderMemory.WindowBits((byte)first), Enumerable.Range(10, 15).Append(30))
        );

    [Fact]
    public void WhatIsTaken_IsBoundedAndComesBack()
    {
        var pool = new DecoderPool("test", 2 * DecoderMemory.Of(isBrotli: false, 0));
        var head = Reading.Json with { ContentEncoding = "gzip" };
        var body = Reading.Encode("gzip", System.Text.Encoding.UTF8.GetBytes(Body));
        var readers = Enumerable.Range(0, 3).Select(_ => new ResponseReader(head, isProviders: true, pool)).ToList();
        Assert.Equal(0, pool.Used);

        readers.ForEach(reader => reader.Read(body));

        Assert.Equal([7L, 7L, null], readers.Select(reader => reader.End(isWhole: true).Counts[UsageField.Input]));
        Assert.Equal(
            (ErrorNames.Busy, (body.Length + 1) / 2),
            (readers[2].End(isWhole: true) is var busy ? busy.ErrorType : null, busy.SeenOutput)
        );
        Assert.Equal(1, pool.Refused);
        readers.ForEach(reader => reader.Dispose());
        readers.ForEach(reader => reader.Dispose());
        Assert.Equal(0, pool.Used);
    }

    [Theory]
    [InlineData("gzip", "end")]
    [InlineData("br", "end")]
    [InlineData("gzip", "broken")]
    [InlineData("br", "broken")]
    [InlineData("gzip", "dispose")]
    public void ARequestsMemory_ComesBack_WhenNothingMoreOfItIsRead(string encoding, string how)
    {
        var pool = new DecoderPool("test", long.MaxValue);
        var body = Reading.Encode(encoding, System.Text.Encoding.UTF8.GetBytes(Body));
        using var request = new RequestReader(encoding, pool);
        request.Read(body.AsMemory(0, 20));
        Assert.NotEqual(0, pool.Used);

        switch (how)
        {
            case "end":
                request.End();
                break;
            case "broken":
                request.Read(Enumerable.Repeat((byte)0xA7, 4000).ToArray());
                break;
            default:
                request.Dispose();
                break;
        }

        Assert.Equal(0, pool.Used);
    }

    private static byte[] Brotli(int bits)
    {
        using var encoder = new BrotliEncoder(5, bits);
        var body = new byte[200];
        encoder.Compress(System.Text.Encoding.UTF8.GetBytes(Body), body, out _, out var written, isFinalBlock: true);
        return body[..written];
    }
}
