using System.IO.Compression;
using System.Text;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Invalid input from upstreams: each kind has an error name, and none throws.</summary>
public sealed class BadInputTests
{
    private const string Start = """{"object":"chat.completion","model":"m","usage":{"prompt_tokens":7,"completion_tokens":5},""";

    [Theory]
    [InlineData("\"8\"")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("+8")]
    [InlineData("8.5")]
    [InlineData("8.")]
    [InlineData(".8")]
    [InlineData("8e")]
    [InlineData("8e++1")]
    [InlineData("8e-1")]
    [InlineData("1e-99")]
    [InlineData("8.0e-1")]
    [InlineData("1.00000000000000000000000000001")]
    [InlineData("08.0")]
    [InlineData("0x8")]
    [InlineData("1000000000000")]
    [InlineData("1e12")]
    [InlineData("1e99")]
    [InlineData("1e999999999999")]
    [InlineData("999999999999.5")]
    [InlineData("99999999999999999999999999")]
    [InlineData("008")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[8]")]
    [InlineData("{\"prompt_tokens\":8}")]
    [InlineData("NaN")]
    public void InvalidCount_IsIgnoredAndOverwritesNothing(string count)
    {
        var alone = Reading.Read(Reading.Json, Usage($"\"prompt_tokens\":{count}"));
        var later = Reading.Read(Reading.Json, Usage($"\"prompt_tokens\":7,\"prompt_tokens\":{count}"));

        Assert.True(alone.Counts.IsEmpty);
        Assert.Equal(7, later.Counts[UsageField.Input]);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("999999999999", 999_999_999_999)]
    [InlineData("999999999999.000", 999_999_999_999)]
    [InlineData("10.0", 10)]
    [InlineData("1e1", 10)]
    [InlineData("1E+1", 10)]
    [InlineData("1.5e1", 15)]
    [InlineData("120e-1", 12)]
    [InlineData("0.0", 0)]
    [InlineData("0e99", 0)]
    [InlineData("1e0000000001", 10)]
    public void TheBounds_AreCounts(string count, long value) =>
        Assert.Equal(value, Reading.Read(Reading.Json, Usage($"\"prompt_tokens\":7,\"prompt_tokens\":{count}")).Counts[UsageField.Input]);

    [Fact]
    public void AHundredMegabytes_AreReadInConstantMemory()
    {
        var piece = Encoding.ASCII.GetBytes(new string('A', 16 * 1024));
        using var reader = new ResponseReader(Reading.Json, isProviders: true);
        reader.Read(Encoding.ASCII.GetBytes("""{"object":"chat.completion","choices":[{"message":{"image":"data:image/png;base64,"""));
        reader.Read(piece);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var read = 0; read < 100 * 1024 * 1024; read += piece.Length)
        {
            reader.Read(piece);
        }

        reader.Read("""\"" }, "x":{} }], "usage":{"prompt_tokens":7}}"""u8.ToArray());
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < 64 * 1024, $"{allocated} bytes");
        Assert.Equal(7, reader.End(isWhole: true).Counts[UsageField.Input]);
    }

    /// <summary>Memory of a response reader without its decoder.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("gzip")]
    [InlineData("br")]
    public void AResponse_TakesLittleMemory(string encoding)
    {
        var body = Encoding.UTF8.GetBytes("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7}}\n\ndata: [DONE]\n\n");
        var encoded = encoding.Length == 0 ? body : Reading.Encode(encoding, body);
        using var first = new ResponseReader(Reading.Events with { ContentEncoding = encoding }, isProviders: true);
        first.Read(encoded);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new ResponseReader(Reading.Events with { ContentEncoding = encoding }, isProviders: true);
        reader.Read(encoded);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(7, reader.End(isWhole: true).Counts[UsageField.Input]);
        Assert.True(allocated < (encoding.Length == 0 ? 4 : 96) * 1024, $"{allocated} bytes");
    }

    [Fact]
    public void AnEventOfAHundredMegabytes_IsReadInConstantMemory()
    {
        var piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("""{"a":[1,"b"]},""", 1000)));
        using var reader = new ResponseReader(Reading.Events, isProviders: true);
        reader.Read("data: {\"choices\":["u8.ToArray());
        reader.Read(piece);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var read = 0; read < 100 * 1024 * 1024; read += piece.Length)
        {
            reader.Read(piece);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        reader.Read("0],\"usage\":{\"prompt_tokens\":7}}\n\ndata: [DONE]\n\n"u8.ToArray());

        Assert.True(allocated < 64 * 1024, $"{allocated} bytes");
        Assert.Equal(
            (7L, null, false),
            (reader.End(isWhole: true) is var end ? end.Counts[UsageField.Input] : null, end.ErrorType, end.HasFailed)
        );
    }

    [Theory]
    [InlineData("data: ", null)]
    [InlineData("", null)]
    [InlineData("data: {\"choices\":[]}\n\ndata: {\"usage\":{\"prompt_tokens\":7}}\n", 7)]
    [InlineData("data: {\"choices\":[]}\n\ndata: {\"usage\":{\"prompt_tokens\":7}}", 7)]
    [InlineData("data: {\"choices\":[]}\n\ndata: {\"usage\":{\"prompt_tokens\":7}", null)]
    public void EventsWithoutTheirEndMark_AreTruncated_AndWhatIsWholeCounts(string body, int? input)
    {
        var summary = Reading.Read(Reading.Events, body);

        Assert.Equal((ErrorNames.Truncated, true, true), (summary.ErrorType, summary.HasFailed, summary.HasEnded));
        Assert.Equal(input, summary.Counts[UsageField.Input]);
    }

    [Fact]
    public void ALastDoneWithoutItsBlankLine_IsAnEnd() =>
        Assert.False(Reading.Read(Reading.Events, "data: {\"choices\":[]}\n\ndata: [DONE]").HasFailed);

    [Fact]
    public void DeepNesting_IsPassedOver()
    {
        var deep = Start + "\"x\":" + new string('[', 1_000_000) + new string(']', 1_000_000) + ",\"choices\":[]}";

        Assert.Equal(
            (7L, null),
            (Reading.Read(Reading.Json, deep) is var summary ? summary.Counts[UsageField.Input] : null, summary.ErrorType)
        );
        Assert.Equal(ErrorNames.Truncated, Reading.Read(Reading.Json, Start + "\"x\":" + new string('{', 1_000_000)).ErrorType);
        Assert.Equal(ErrorNames.Truncated, Reading.Read(Reading.Json, new string('[', 1_000_000)).ErrorType);
    }

    /// <summary>
    /// No part of a response is buffered, so its length does not matter; an application's users may craft responses that keep a reader
    /// busy.
    /// </summary>
    [Theory]
    [InlineData("gzip", true)]
    [InlineData("br", true)]
    [InlineData("deflate", true)]
    [InlineData("gzip", false)]
    [InlineData("br", false)]
    [InlineData("deflate", false)]
    public void AnAnswerThatCompressesWell_IsReadInConstantMemory_AndOneOfAnApplicationUpToABound(string encoding, bool isProviders)
    {
        var encoded = Zeros(encoding, 256);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var summary = Reading.Read(Reading.Json with { ContentEncoding = encoding }, [encoded], isProviders);

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1024 * 1024);
        Assert.Equal(
            (isProviders ? null : ErrorNames.Bomb, false, isProviders, 7L),
            (summary.ErrorType, summary.HasFailed, summary.WasReadWhole, summary.Counts[UsageField.Input])
        );
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public void SixteenMegabytesThatCompressWell_AreNoBomb(string encoding) =>
        Assert.Equal(
            (null, 7L, 9L),
            (
                Reading.Read(Reading.Json with { ContentEncoding = encoding }, [Zeros(encoding, 16)], isProviders: false) is var summary
                    ? summary.ErrorType
                    : null,
                summary.Counts[UsageField.Input],
                summary.Counts[UsageField.Reasoning]
            )
        );

    /// <summary>Events that differ in a few letters compress best, and no limit may reject them.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public void ALongAnswerOfShortEvents_IsNoBomb(string encoding)
    {
        var events = new StringBuilder();
        for (var word = 0; word < 20_000; word++)
        {
            events
                .Append(
                    "data: {\"id\":\"chatcmpl-123\",\"object\":\"chat.completion.chunk\",\"created\":1694268190,\"model\":\"gpt-4o-mini-2024-07-18\",\"service_tier\":\"default\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
                )
                .Append(word * 7919L % 100_003)
                .Append("\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n");
        }

        events.Append("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7}}\n\ndata: [DONE]\n\n");
        var summary = Reading.Read(
            Reading.Events with
            {
                ContentEncoding = encoding,
            },
            [Reading.Encode(encoding, Encoding.UTF8.GetBytes(events.ToString()))]
        );

        Assert.Equal((null, 7L), (summary.ErrorType, summary.Counts[UsageField.Input]));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void BytesThatAreNotOfTheirEncoding_HaveAName(string encoding)
    {
        var head = Reading.Json with { ContentEncoding = encoding };
        var broken = Reading.Encode(encoding, Encoding.UTF8.GetBytes(Start + new string('x', 4000) + "}"));
        Array.Fill(broken, (byte)0xA7, broken.Length / 2, 12);

        Assert.Equal(
            (ErrorNames.BadEncoding, false),
            (Reading.Read(head, """{"usage":{}}""") is var plain ? plain.ErrorType : null, plain.HasFailed)
        );
        Assert.Contains(Reading.Read(head, [broken]).ErrorType, new[] { ErrorNames.BadEncoding, ErrorNames.Truncated, ErrorNames.NoJson });
    }

    [Fact]
    public void AGzipThatStopsInTheMiddle_IsTruncated()
    {
        var encoded = Reading.Encode("gzip", Encoding.UTF8.GetBytes(Start + "\"x\":1}"));

        Assert.Equal(
            (ErrorNames.Truncated, true),
            (
                Reading.Read(Reading.Json with { ContentEncoding = "gzip" }, [encoded.AsMemory(0, 70)]) is var summary
                    ? summary.ErrorType
                    : null,
                summary.HasFailed
            )
        );
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    [InlineData("compress")]
    public void AnUnsupportedEncoding_HasAName(string encoding)
    {
        var summary = Reading.Read(Reading.Json with { ContentEncoding = encoding }, "whatever");

        Assert.Equal((ErrorNames.UnknownEncoding, false, true), (summary.ErrorType, summary.HasFailed, summary.HasEnded));
    }

    [Theory]
    [InlineData("GZIP")]
    [InlineData(" gzip ")]
    [InlineData("x-gzip")]
    public void AnEncodingIsKnown_InAnyCase(string encoding) =>
        Assert.Equal(
            7,
            Reading
                .Read(
                    Reading.Json with
                    {
                        ContentEncoding = encoding,
                    },
                    [Reading.Encode("gzip", Encoding.UTF8.GetBytes(Start + "\"x\":1}"))]
                )
                .Counts[UsageField.Input]
        );

    [Fact]
    public void TextThatIsNotUtf8_IsPassedOver_AndAModelOfItIsUnknown()
    {
        byte[] body =
        [
            .. "{\"model\":\""u8,
            0xFF,
            0xC0,
            .. "\",\"choices\":[{\"text\":\""u8,
            0xED,
            0xA0,
            0x80,
            .. "\"}],\"usage\":{\"prompt_tokens\":7}}"u8,
        ];
        var summary = Reading.Read(Reading.Json, [body]);

        Assert.Equal((7L, null, null), (summary.Counts[UsageField.Input], summary.Model, summary.ErrorType));
    }

    [Theory]
    [InlineData("application/json", "<html>502</html>", "json_invalid")]
    [InlineData("text/event-stream", "Internal Server Error", "json_invalid")]
    [InlineData("text/html", "<html>502</html>", null)]
    [InlineData("application/json", "{\"usage\":{\"prompt_tokens\":7},,}", "json_invalid")]
    [InlineData("application/json", "{\"usage\":]", "json_invalid")]
    [InlineData("application/json", "{} x", "json_invalid")]
    [InlineData("application/json", "", null)]
    [InlineData("application/json", " \r\n", null)]
    [InlineData("text/event-stream", "data: {\"choices\":[]}\n\ndata: {oops\n\ndata: [DONE]\n\n", "json_invalid")]
    [InlineData("text/event-stream", "data: hello\n\n", null)]
    public void WhatIsNoJson_HasAName(string type, string body, string? error)
    {
        var summary = Reading.Read(new(200, type, ""), body);

        Assert.Equal((error, false), (summary.ErrorType, summary.HasFailed));
    }

    [Fact]
    public void NonJsonEvent_IsIgnored() =>
        Assert.True(
            Reading.Read(Reading.Events, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7}\n\ndata: [DONE]\n\n").Counts.IsEmpty
        );

    [Fact]
    public void NamesWithEscapes_AreTheirNames() =>
        Assert.Equal(
            (7L, "m/1"),
            (
                Reading.Read(Reading.Json, """{"\u0075sage":{"prompt\u005ftokens":7},"mod\u0065l":"m\/1","choices":[]}""") is var summary
                    ? summary.Counts[UsageField.Input]
                    : null,
                summary.Model
            )
        );

    [Theory]
    [InlineData("a\\u0000b")]
    [InlineData("a\\nb")]
    [InlineData("a\\ud800b")]
    public void AModelThatCannotBeDisplayed_IsUnknown(string model) =>
        Assert.Null(Reading.Read(Reading.Json, $$"""{"model":"{{model}}","choices":[]}""").Model);

    [Theory]
    [InlineData("a sentence with blanks")]
    [InlineData("<script>")]
    [InlineData("")]
    public void AnErrorWhoseTypeIsNoName_IsAnError(string type) =>
        Assert.Equal(
            (ErrorNames.Unnamed, true),
            (
                Reading.Read(Reading.Json, "{\"error\":{\"type\":\"" + type + "\",\"message\":\"secret\"}}") is var summary
                    ? summary.ErrorType
                    : null,
                summary.HasFailed
            )
        );

    [Fact]
    public void AnErrorOfAnApplication_IsNotAProviders()
    {
        Assert.Equal(
            (null, false),
            (
                Reading.Read(Reading.Json, """{"error":{"type":"mine"}}""", isProviders: false) is var json ? json.ErrorType : null,
                json.HasFailed
            )
        );
        Assert.Equal(
            (null, false),
            (
                Reading.Read(Reading.Events, "event: error\ndata: {\"type\":\"error\"}\n\n", isProviders: false) is var events
                    ? events.ErrorType
                    : null,
                events.HasFailed
            )
        );
    }

    [Fact]
    public void AnAnswerWithoutABody_IsNotMissed()
    {
        var summary = Reading.Read(Reading.Events with { IsAll = true }, []);

        Assert.Equal((null, false, true), (summary.ErrorType, summary.HasFailed, summary.HasEnded));
    }

    [Theory]
    [InlineData(101, "")]
    [InlineData(200, "application/grpc+proto")]
    public void AnotherProtocol_IsNotRead(int status, string type) =>
        Assert.True(Reading.Read(new(status, type, ""), Start + "\"x\":1}").Counts.IsEmpty);

    [Fact]
    public void RandomBytes_NeverThrow()
    {
        // Fixed seed: failures are reproducible.
        var chance = new Random(20_260_101);
        string[] words =
        [
            "data: ",
            "event: error\n",
            "\n\n",
            "\r",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\",
            ":",
            ",",
            "usage",
            "\"usage\":{",
            "\"error\":",
            "null",
            "12",
            "[DONE]",
            "\"choices\":[",
            "\"model\":\"m\"",
        ];
        for (var round = 0; round < 20_000; round++)
        {
            var body = new List<byte>();
            for (var length = chance.Next(40); length > 0; length--)
            {
                body.AddRange(chance.Next(4) == 0 ? [(byte)chance.Next(256)] : Encoding.ASCII.GetBytes(words[chance.Next(words.Length)]));
            }

            var bytes = body.ToArray();
            var head = new ResponseHead(
                200,
                chance.Next(2) == 0 ? "application/json" : "text/event-stream",
                chance.Next(4) == 0 ? "gzip" : ""
            );
            var whole = Reading.Read(head, [bytes]);
            Assert.Equal(Reading.Facts(whole), Reading.Facts(Reading.Read(head, Reading.ByteByByte(bytes))));
        }
    }

    private static byte[] Zeros(string encoding, int megabytes)
    {
        var encoded = new MemoryStream();
        using (
            Stream encoder = encoding switch
            {
                "gzip" => new GZipStream(encoded, CompressionLevel.Optimal),
                "br" => new BrotliStream(encoded, CompressionLevel.Optimal),
                _ => new ZLibStream(encoded, CompressionLevel.Optimal),
            }
        )
        {
            encoder.Write(Encoding.UTF8.GetBytes(Start + "\"x\":\""));
            for (var written = 0; written < megabytes; written++)
            {
                encoder.Write(new byte[1024 * 1024]);
            }

            encoder.Write("\",\"usage\":{\"completion_tokens_details\":{\"reasoning_tokens\":9}}}"u8);
        }

        return encoded.ToArray();
    }

    private static string Usage(string members) => "{\"object\":\"chat.completion\",\"usage\":{" + members + "}}";
}
