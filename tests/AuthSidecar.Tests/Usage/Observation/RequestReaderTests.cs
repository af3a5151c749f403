using System.Text;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Reads the requested model, and nothing else, from a request.</summary>
public sealed class RequestReaderTests
{
    public static TheoryData<string, string?> Bodies =>
        new()
        {
            { """{"model":"gpt-4.1","messages":[{"role":"user","content":"hi"}]}""", "gpt-4.1" },
            {
                """{"messages":[{"role":"user","content":"{\"model\":\"no\"}"}],"max_tokens":1.5e1,"stream":true,"x":null,"model":"claude-sonnet-4-5"}""",
                "claude-sonnet-4-5"
            },
            { "\uFEFF\r\n {\t\"model\" :\n\"m\" }\n", "m" },
            { """{"mod\u0065l":"a\/b"}""", "a/b" },
            // Only the model of the root object, not of members that hold one in responses.
            {
                """{"message":{"model":"no"},"response":{"model":"no"},"usage":{"model":"no"},"metadata":{"model":"no","model2":[{"model":"no"}]},"tools":[{"model":"no"}]}""",
                null
            },
            { """{"model":{"model":"no"},"models":"no","Model":"no","modelVersion":"no"}""", null },
            { """[{"model":"no"}]""", null },
            { """[1],{"model":"no"}""", null },
            { "{}[1],{\"model\":\"no\"}", null },
            // No model, or no valid name.
            { """{"messages":[]}""", null },
            { """{"model":null}""", null },
            { """{"model":["no"]}""", null },
            { """{"model":4.1,"x":1}""", null },
            { """{"model":""}""", null },
            { "{\"model\":\"a\\u0000b\"}", null },
            { "{\"model\":\"a\\nb\"}", null },
            { "{\"model\":\"a\\ud800b\"}", null },
            { "{\"model\":\"a\u007Fb\"}", null },
            { $$"""{"model":"{{new string('m', 129)}}"}""", null },
            { $$"""{"model":"{{new string('m', 128)}}"}""", new string('m', 128) },
            // The last of two, as in parsers, when it is valid.
            { """{"model":"a","messages":[],"model":"b"}""", "b" },
            { """{"model":"a","model":7}""", "a" },
            // The model before a truncation or a syntax error.
            { """{"model":"m","messages":[{"content":"never en""", "m" },
            { """{"messages":[],"model":"m""", null },
            { """{"model":"m",]""", "m" },
            { """{"messages":],"model":"m"}""", null },
            // Not JSON.
            { "", null },
            { "model=no", null },
            { "\"model\"", null },
            { "data: {\"model\":\"no\"}\n\n", null },
            {
                "--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nyes\r\n--b\r\ncontent-disposition: form-data; "
                    + "name=\"x\"\r\n\r\n{\"model\":\"no\"}\r\n--b--\r\n",
                "yes"
            },
        };

    [Theory, MemberData(nameof(Bodies))]
    public void Model_IsFound_InAnyFragments(string body, string? model)
    {
        var bytes = Encoding.UTF8.GetBytes(body);

        Assert.Equal(model, Read(Reading.ByteByByte(bytes)));
        for (var at = 0; at <= bytes.Length; at++)
        {
            var found = Read([bytes.AsMemory(0, at), bytes.AsMemory(at)]);
            Assert.True(found == model, $"cut at {at}: {found}");
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void Encoded_AtEveryOffset(string encoding)
    {
        var bytes = Reading.Encode(encoding, """{"messages":[{"content":"hi"}],"model":"gpt-4.1"}"""u8.ToArray());
        for (var at = 0; at <= bytes.Length; at++)
        {
            Assert.Equal("gpt-4.1", Read([bytes.AsMemory(0, at), bytes.AsMemory(at)], encoding));
        }
    }

    [Fact]
    public void OfBytesThatAreNoUtf8_NothingIsTaken()
    {
        Assert.Null(Read([(byte[])[.. "{\"model\":\""u8, 0xFF, 0xC0, .. "\"}"u8]]));
        Assert.Equal("m", Read([(byte[])[.. "{\"messages\":[\""u8, 0xFF, 0xED, 0xA0, .. "\"],\"model\":\"m\"}"u8]]));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    public void UnsupportedEncoding_YieldsNoUsage(string encoding) => Assert.Null(Read(["""{"model":"m"}"""u8.ToArray()], encoding));

    [Fact]
    public void WhatIsNoGzipAtAll_AndABomb_AreLeft()
    {
        var bomb = Reading.Encode("gzip", [.. "{\"x\":\""u8, .. new byte[64 * 1024 * 1024], .. "\",\"model\":\"m\"}"u8]);

        Assert.Null(Read(["{\"model\":\"m\"}"u8.ToArray()], "gzip"));
        Assert.Null(Read([bomb], "gzip"));
    }

    [Fact]
    public void AHundredMegabytes_AreReadInConstantMemory()
    {
        var piece = Encoding.ASCII.GetBytes(new string('A', 16 * 1024));
        using var reader = new RequestReader("");
        reader.Read("""{"messages":[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,"""u8.ToArray());
        reader.Read(piece);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var read = 0; read < 100 * 1024 * 1024; read += piece.Length)
        {
            reader.Read(piece);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        reader.Read("""\"","model":"no"}}]}],"model":"m"}"""u8.ToArray());

        Assert.True(allocated < 1024, $"{allocated} bytes");
        Assert.Equal("m", reader.Model);
    }

    [Fact]
    public void DeepNesting_IsPassedOver() =>
        Assert.Equal(
            "m",
            Read([Encoding.ASCII.GetBytes("{\"x\":" + new string('[', 1_000_000) + new string(']', 1_000_000) + ",\"model\":\"m\"}")])
        );

    [Fact]
    public void RandomBytes_NeverThrow()
    {
        // Fixed seed: failures are reproducible.
        var chance = new Random(20_260_102);
        string[] words = ["{", "}", "[", "]", "\"", "\\", ":", ",", "null", "12", "\"model\":", "\"model\":\"m\"", "\"message\":{"];
        for (var round = 0; round < 20_000; round++)
        {
            var body = new List<byte>();
            for (var length = chance.Next(30); length > 0; length--)
            {
                body.AddRange(chance.Next(4) == 0 ? [(byte)chance.Next(256)] : Encoding.Latin1.GetBytes(words[chance.Next(words.Length)]));
            }

            var bytes = body.ToArray();
            var encoding = chance.Next(4) == 0 ? "gzip" : "";
            Assert.Equal(Read([bytes], encoding), Read(Reading.ByteByByte(bytes), encoding));
        }
    }

    private static string? Read(IEnumerable<ReadOnlyMemory<byte>> pieces, string encoding = "")
    {
        using var reader = new RequestReader(encoding);
        foreach (var piece in pieces)
        {
            reader.Read(piece);
        }

        return reader.Model;
    }
}
