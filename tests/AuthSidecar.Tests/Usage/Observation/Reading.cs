using System.IO.Compression;
using System.Text;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Feeds a response reader.</summary>
internal static class Reading
{
    public static readonly ResponseHead Json = new(200, "application/json", "");
    public static readonly ResponseHead Events = new(200, "text/event-stream; charset=utf-8", "");

    public static ResponseHead HeadOf(Fixture fixture, string encoding = "") => new(fixture.Status, fixture.ContentType, encoding);

    public static ResponseSummary Read(ResponseHead head, string body, bool isProviders = true) =>
        Read(head, [Encoding.UTF8.GetBytes(body)], isProviders);

    public static ResponseSummary Read(
        ResponseHead head,
        IEnumerable<ReadOnlyMemory<byte>> pieces,
        bool isProviders = true,
        bool isWhole = true
    )
    {
        using var reader = new ResponseReader(head, isProviders);
        foreach (var piece in pieces)
        {
            reader.Read(piece);
        }

        return reader.End(isWhole);
    }

    public static IEnumerable<ReadOnlyMemory<byte>> ByteByByte(byte[] body) =>
        Enumerable.Range(0, body.Length).Select(at => new ReadOnlyMemory<byte>(body, at, 1));

    public static FixtureFacts Facts(ResponseSummary summary) =>
        new(
            summary.Model,
            summary.Counts[UsageField.Input],
            summary.Counts[UsageField.Output],
            summary.Counts[UsageField.CachedRead],
            summary.Counts[UsageField.CachedWrite],
            summary.Counts[UsageField.Reasoning],
            summary.ErrorType,
            summary.HasFailed
        );

    public static byte[] Encode(string encoding, byte[] body)
    {
        var encoded = new MemoryStream();
        using (
            Stream encoder = encoding switch
            {
                "gzip" => new GZipStream(encoded, CompressionLevel.Optimal),
                "br" => new BrotliStream(encoded, CompressionLevel.Optimal),
                "deflate" => new ZLibStream(encoded, CompressionLevel.Optimal),
                _ => new DeflateStream(encoded, CompressionLevel.Optimal),
            }
        )
        {
            // Flushes in between, as a streaming server does.
            encoder.Write(body, 0, body.Length / 2);
            encoder.Flush();
            encoder.Write(body, body.Length / 2, body.Length - (body.Length / 2));
        }

        return encoded.ToArray();
    }
}
