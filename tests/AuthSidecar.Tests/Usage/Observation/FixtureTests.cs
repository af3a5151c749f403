using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>The result of a fixture does not depend on how its bytes are split.</summary>
public sealed class FixtureTests
{
    public static TheoryData<string> Files => [.. Fixture.All.Select(fixture => fixture.File)];

    [Fact]
    public void EveryFile_IsInTheIndex() =>
        Assert.Equal(
            Fixture.All.Select(fixture => fixture.File).Order(StringComparer.Ordinal),
            Directory
                .EnumerateFiles(Repository.File("tests", "Fixtures"), "*.*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Repository.File("tests", "Fixtures"), file).Replace('\\', '/'))
                .Where(file => file is not ("index.json" or "README.md"))
                .Order(StringComparer.Ordinal)
        );

    [Theory, MemberData(nameof(Files))]
    public void Whole(string file)
    {
        var fixture = Fixture.Named(file);

        Assert.Equal(fixture.Expected, Reading.Facts(Reading.Read(Reading.HeadOf(fixture), [fixture.Body])));
    }

    [Theory, MemberData(nameof(Files))]
    public void InTwoPieces_AtEveryOffset(string file)
    {
        var fixture = Fixture.Named(file);
        var body = fixture.Body;
        for (var at = 0; at <= body.Length; at++)
        {
            var facts = Reading.Facts(Reading.Read(Reading.HeadOf(fixture), [body.AsMemory(0, at), body.AsMemory(at)]));
            Assert.True(fixture.Expected == facts, $"cut at {at}: {facts}");
        }
    }

    [Theory, MemberData(nameof(Files))]
    public void ByteByByte(string file)
    {
        var fixture = Fixture.Named(file);

        Assert.Equal(fixture.Expected, Reading.Facts(Reading.Read(Reading.HeadOf(fixture), Reading.ByteByByte(fixture.Body))));
    }

    [Theory, MemberData(nameof(Files))]
    public void WithoutAProvider_TheShapeIsEnough(string file)
    {
        var fixture = Fixture.Named(file);
        var summary = Reading.Read(Reading.HeadOf(fixture), [fixture.Body], isProviders: false);

        // Only Anthropic's API has a distinct shape for a response that is an error.
        Assert.Equal(fixture.File is not ("openai-chat/error.json" or "gemini/error.json") && fixture.Expected.Failed, summary.HasFailed);
        Assert.Equal(fixture.Expected with { Failed = summary.HasFailed }, Reading.Facts(summary));
    }

    [Theory, MemberData(nameof(Files))]
    public void WithoutAContentType_TheFirstByteIsEnough(string file)
    {
        var fixture = Fixture.Named(file);

        Assert.Equal(fixture.Expected, Reading.Facts(Reading.Read(Reading.HeadOf(fixture) with { ContentType = "" }, [fixture.Body])));
        Assert.Equal(
            fixture.Expected,
            Reading.Facts(Reading.Read(Reading.HeadOf(fixture) with { ContentType = "text/plain" }, [fixture.Body]))
        );
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("bare deflate")]
    public void Encoded_AtEveryOffsetAndByteByByte(string encoding)
    {
        foreach (var fixture in Fixture.All)
        {
            var body = Reading.Encode(encoding, fixture.Body);
            var head = Reading.HeadOf(fixture, encoding.Split(' ')[^1]);
            Assert.Equal(fixture.Expected, Reading.Facts(Reading.Read(head, Reading.ByteByByte(body))));
            for (var at = 0; at <= body.Length; at++)
            {
                var facts = Reading.Facts(Reading.Read(head, [body.AsMemory(0, at), body.AsMemory(at)]));
                Assert.True(fixture.Expected == facts, $"{fixture.File} cut at {at}: {facts}");
            }
        }
    }

    /// <summary>A client that disconnects: observed usage is kept, and no error is reported.</summary>
    [Theory, MemberData(nameof(Files))]
    public void CutOffAnywhereOnTheWay_KeepsWhatWasSeen(string file)
    {
        var fixture = Fixture.Named(file);
        var body = fixture.Body;
        var last = 0L;
        for (var at = 0; at <= body.Length; at++)
        {
            var summary = Reading.Read(Reading.HeadOf(fixture), [body.AsMemory(0, at)], isWhole: false);
            var output = summary.Counts[UsageField.Output] ?? 0;
            Assert.True(output >= last, $"cut at {at}: {output} after {last}");
            Assert.NotEqual("response_truncated", summary.ErrorType);
            last = output;
        }

        Assert.Equal(fixture.Expected.Output ?? 0, last);
    }
}
