using System.Text;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>Events of an unknown type, or of a type without usage, change nothing.</summary>
public sealed class UnknownEventTests
{
    private const string Usage =
        "\"usage\":{\"input_tokens\":999999,\"output_tokens\":888888,\"prompt_tokens\":999999,\"completion_tokens\":888888,\"cache_read_input_tokens\":77}";
    private const string Message =
        "\"model\":\"invented\",\"message\":{\"model\":\"invented\","
        + Usage
        + "},\"response\":{\"id\":\"resp_invented\",\"status\":\"completed\",\"model\":\"invented\",\"error\":{\"code\":\"invented\"},"
        + Usage
        + "},\"x_groq\":{"
        + Usage
        + "},"
        + Usage;

    public static TheoryData<string, string> Events
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var file in new[] { "anthropic/stream.sse", "openai-responses/stream.sse", "gemini-interactions/stream.sse" })
            {
                foreach (
                    var type in new[]
                    {
                        "ping",
                        "message_note",
                        "message_starts",
                        "usage",
                        "content_block_delta",
                        "content_block_stop",
                        "message_stop.v2",
                        "response.note",
                        "response.output_text.done",
                        "response",
                        "step.note",
                        "interaction.note",
                        "content.note",
                        "x",
                    }
                )
                {
                    data.Add(file, $"event: {type}\ndata: {{\"type\":\"{type}\",{Message}}}\n\n");
                }

                data.Add(file, "event: note\ndata: {" + Message.Replace("error", "mistake", StringComparison.Ordinal) + "}\n\n");
                data.Add(file, "data: {\"candidates\":[],\"modelVersion\":\"invented\",\"usageMetadata\":{\"promptTokenCount\":5}}\n\n");
                data.Add(file, "data: {\"object\":\"chat.completion.chunk\",\"model\":\"invented\",\"usage\":{\"prompt_tokens\":5}}\n\n");
            }

            foreach (var type in new[] { "note", "message_note", "message_delta", "response.completed" })
            {
                data.Add("openai-chat/stream.sse", $"event: {type}\ndata: {{\"type\":\"{type}\",{Message}}}\n\n");
            }

            return data;
        }
    }

    /// <summary>After each event of the stream but the first, which identifies the API.</summary>
    [Theory, MemberData(nameof(Events))]
    public void InventedEvent_ChangesNothing_InAnyPosition(string file, string invented)
    {
        var fixture = Fixture.Named(file);
        var body = Encoding.UTF8.GetString(fixture.Body);
        for (
            var at = body.IndexOf("\n\n", StringComparison.Ordinal);
            at >= 0 && !body[..at].EndsWith("[DONE]", StringComparison.Ordinal);
            at = body.IndexOf("\n\n", at + 2, StringComparison.Ordinal)
        )
        {
            var facts = Reading.Facts(Reading.Read(Reading.HeadOf(fixture), body.Insert(at + 2, invented)));
            var known =
                invented.Contains("message_delta", StringComparison.Ordinal)
                || invented.Contains("response.completed", StringComparison.Ordinal);
            Assert.True(
                fixture.Expected == facts || (known && facts.ErrorType is not null && facts.Input == fixture.Expected.Input),
                $"at {at}: {facts}"
            );
        }
    }

    /// <summary>OpenAI's other streams have a last event with the usage.</summary>
    [Theory]
    [InlineData("transcript.text.done")]
    [InlineData("image_generation.completed")]
    [InlineData("image_edit.completed")]
    [InlineData("speech.audio.done")]
    public void TheLastEventsOfOtherStreams_Count(string type)
    {
        var summary = Reading.Read(
            Reading.Events,
            $"data: {{\"type\":\"transcript.text.delta\",\"delta\":\"a\"}}\n\ndata: "
                + $"{{\"type\":\"{type}\",\"usage\":{{\"input_tokens\":7,\"output_tokens\":5}}}}\n\n"
        );

        Assert.Equal((7L, 5L, null), (summary.Counts[UsageField.Input], summary.Counts[UsageField.Output], summary.ErrorType));
    }
}
