using System.Text;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Streams whose last event lacks its blank line or line end: the provider has charged for its usage.</summary>
public sealed class EndingTests
{
    private const string Finished =
        """data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\n";

    public static TheoryData<string> Streams =>
        [
            .. Fixture
                .All.Where(fixture =>
                    fixture is { Stream: true, Expected.Failed: false } && fixture.File.EndsWith(".sse", StringComparison.Ordinal)
                )
                .Select(fixture => fixture.File),
        ];

    [Theory, MemberData(nameof(Streams))]
    public void WithoutItsLastLineEnds_AStreamReadsTheSame_InAnyFragments(string file)
    {
        var fixture = Fixture.Named(file);
        var whole = Encoding.UTF8.GetString(fixture.Body);
        var bare = whole.TrimEnd('\r', '\n');
        foreach (var end in new[] { "", "\n", "\r\n", "\r" })
        {
            var body = Encoding.UTF8.GetBytes(bare + end);
            for (var at = 0; at <= body.Length; at++)
            {
                var facts = Reading.Facts(Reading.Read(Reading.HeadOf(fixture), [body.AsMemory(0, at), body.AsMemory(at)]));
                Assert.True(fixture.Expected == facts, $"{end.Length} cut at {at}: {facts}");
            }
        }
    }

    /// <summary>A stream that ends after its usage, without the blank line and the end marker.</summary>
    [Theory]
    [InlineData(Finished + """data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}""")]
    [InlineData(
        Finished + """data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}""" + "\n"
    )]
    [InlineData(
        Finished + """data: {"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}""" + "\n\n"
    )]
    [InlineData(
        """data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":5}}"""
    )]
    [InlineData(
        "event: response.completed\ndata: "
            + "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":{\"input_tokens\":7,\"output_tokens\":5}}}"
    )]
    [InlineData(
        "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":5}}"
    )]
    public void AFinishedAnswer_IsWhole(string body)
    {
        var summary = Reading.Read(Reading.Events, Reading.ByteByByte(Encoding.UTF8.GetBytes(body)));

        Assert.Equal(
            (7L, 5L, null, false, true),
            (
                summary.Counts[UsageField.Input],
                summary.Counts[UsageField.Output],
                summary.ErrorType,
                summary.HasFailed,
                summary.WasReadWhole
            )
        );
    }

    // Anthropic's stream continues after its counts: they count, and the end marker is missing.
    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\n\n")]
    public void ALastMessageDelta_Counts(string end)
    {
        var body =
            "event: message_start\ndata: "
            + "{\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n"
            + "event: message_delta\ndata: "
            + "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":15}}"
            + end;
        var summary = Reading.Read(Reading.Events, body);

        Assert.Equal(
            (25L, 15L, ErrorNames.Truncated),
            (summary.Counts[UsageField.Input], summary.Counts[UsageField.Output], summary.ErrorType)
        );
        Assert.Equal(15, Reading.Read(Reading.Events, [Encoding.UTF8.GetBytes(body)], isWhole: false).Counts[UsageField.Output]);
    }

    [Fact]
    public void ALastErrorWithoutItsBlankLine_IsAnError() =>
        Assert.Equal(
            ("overloaded_error", true),
            (
                Reading.Read(Reading.Events, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}")
                    is var summary
                    ? summary.ErrorType
                    : null,
                summary.HasFailed
            )
        );
}
