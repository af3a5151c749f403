using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>The object of a response's usage; null before the usage is final.</summary>
public sealed class ObjectIdTests
{
    private const string Usage = "\"usage\":{\"input_tokens\":7,\"output_tokens\":5}";

    [Theory]
    [InlineData("openai-objects/batch.json", "batch_abc123")]
    [InlineData("openai-objects/batch-running.json", "batch_abc123")]
    [InlineData("openai-responses/stream.sse", "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b")]
    [InlineData("openai-chat/stream.sse", "chatcmpl-123")]
    [InlineData("openai-chat/stream-no-usage.sse", null)]
    [InlineData("gemini/stream.sse", null)]
    [InlineData("gemini-interactions/stream.sse", "v1_stream")]
    [InlineData("gemini-interactions/running.json", "v1_ChdPU0F4YWFtNkFwS2kxZThQZ05lbXdROBIXT1NBeGFhbTZBcEtpMWU4UGdOZW13UTg")]
    public void OfAFixture(string file, string? id) =>
        Assert.Equal(id, Reading.Read(Reading.HeadOf(Fixture.Named(file)), Reading.ByteByByte(Fixture.Named(file).Body)).ObjectId);

    [Theory]
    [InlineData("queued", false)]
    [InlineData("in_progress", false)]
    [InlineData("validating", false)]
    [InlineData("finalizing", false)]
    [InlineData("cancelling", false)]
    [InlineData("requires_action", false)]
    [InlineData("completed", true)]
    [InlineData("incomplete", true)]
    [InlineData("failed", true)]
    [InlineData("cancelled", true)]
    [InlineData("expired", true)]
    [InlineData("a status of tomorrow", true)]
    public void OfAStatus(string status, bool isFinal)
    {
        var summary = Reading.Read(Reading.Json, $"{{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"{status}\",{Usage}}}");
        var silent = Reading.Read(Reading.Json, $"{{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"{status}\",\"usage\":null}}");

        Assert.Equal(("resp_1", !isFinal), (summary.ObjectId, summary.Counts.IsEmpty));
        Assert.Equal(isFinal ? null : "resp_1", silent.ObjectId);
    }

    [Fact]
    public void AnInteractionThatRequiresAction_IsFinal() =>
        Assert.False(
            Reading
                .Read(
                    Reading.Json,
                    """{"id":"v1_1","object":"interaction","status":"requires_action","usage":{"total_input_tokens":7,"total_output_tokens":5}}"""
                )
                .Counts.IsEmpty
        );

    [Fact]
    public void WithoutAStatus_ItIsFinal() =>
        Assert.Equal(
            "chatcmpl-1",
            Reading.Read(Reading.Json, $"{{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",{Usage}}}").ObjectId
        );

    [Fact]
    public void AnIdTooLongToKeep_IsNone() =>
        Assert.Null(Reading.Read(Reading.Json, $"{{\"id\":\"{new string('i', 257)}\",{Usage}}}").ObjectId);
}
