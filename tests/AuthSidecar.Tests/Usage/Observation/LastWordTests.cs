using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Whether counts are final, and how the provider counts: budgets and prices depend on both.</summary>
public sealed class LastWordTests
{
    private const string Start =
        """event: message_start"""
        + "\ndata: "
        + """{"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1}}}"""
        + "\n\n";
    private const string Stop = """event: message_stop""" + "\ndata: " + """{"type":"message_stop"}""" + "\n\n";

    [Theory]
    [InlineData(Start, false, false, false)]
    [InlineData(Start, true, true, false)]
    [InlineData(Start + Stop, false, true, true)]
    [InlineData(Start + Stop, true, true, true)]
    public void AStream_IsWholeWithItsEndMark(string body, bool isEnded, bool hasEnded, bool wasReadWhole)
    {
        var summary = Reading.Read(Reading.Events, [System.Text.Encoding.UTF8.GetBytes(body)], isWhole: isEnded);

        Assert.Equal((hasEnded, wasReadWhole, 25L), (summary.HasEnded, summary.WasReadWhole, summary.Counts[UsageField.Input]));
    }

    // Envoy does not show the end before trailers that it does not send.
    [Theory]
    [InlineData("""{"object":"chat.completion","usage":{"prompt_tokens":7}}""", true)]
    [InlineData("""{"object":"chat.completion","usage":{"prompt_tokens":7},""", false)]
    public void ADocument_IsWholeWhenItIsClosed(string body, bool isWhole)
    {
        var summary = Reading.Read(Reading.Json, [System.Text.Encoding.UTF8.GetBytes(body)], isWhole: false);

        Assert.Equal((isWhole, isWhole), (summary.HasEnded, summary.WasReadWhole));
    }

    [Fact]
    public void WhatWasGivenUp_IsNotWhole()
    {
        using var reader = new ResponseReader(Reading.Events, isProviders: true);
        reader.Read(System.Text.Encoding.UTF8.GetBytes(Start));

        reader.Stop(ErrorNames.Fault);
        reader.Read(System.Text.Encoding.UTF8.GetBytes(Stop));

        var summary = reader.End(isWhole: true);
        Assert.Equal(
            (true, false, ErrorNames.Fault, 25L),
            (summary.HasEnded, summary.WasReadWhole, summary.ErrorType, summary.Counts[UsageField.Input])
        );
    }

    [Fact]
    public void EveryCountedFixture_IsOfItsApi()
    {
        var counted = Fixture
            .All.Select(fixture => (fixture.Api, Summary: Reading.Read(Reading.HeadOf(fixture), [fixture.Body])))
            .Where(one => !one.Summary.Counts.IsEmpty)
            .ToList();

        Assert.All(counted, one => Assert.Equal(
                one.Api switch
                {
                    "anthropic" => EventKind.Message,
                    "gemini" => EventKind.Gemini,
                    "gemini-interactions" => EventKind.Interaction,
                    "openai-chat" or "openai-compatible" => EventKind.Chat,
                    "openai-objects" => EventKind.Unknown,
                    _ => EventKind.Response,
                },
                one.Summary.Api
            ));
        Assert.Equal(7, counted.Select(one => one.Api).Distinct().Count());
    }
}
