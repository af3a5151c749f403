using System.Text;
using System.Text.Json;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.Tests.Usage.Observation;

/// <summary>
/// Gemini's fixtures, read as in its reference and with a full parser: <c>usageMetadata</c> with <c>promptTokenCount</c>,
/// <c>candidatesTokenCount</c>,
/// <c>cachedContentTokenCount</c> and <c>thoughtsTokenCount</c>, the model in <c>modelVersion</c>, later chunks of a stream over
/// earlier ones.
/// </summary>
public sealed class GeminiReferenceTests
{
    public static TheoryData<string> Files =>
        [
            .. Fixture
                .All.Where(fixture => fixture.Api == "gemini" && !fixture.File.EndsWith("cut.json", StringComparison.Ordinal))
                .Select(fixture => fixture.File),
        ];

    [Theory, MemberData(nameof(Files))]
    public void TheCounts_AreTheReferences(string file)
    {
        var fixture = Fixture.Named(file);
        var summary = Reading.Read(Reading.HeadOf(fixture), [fixture.Body]);
        var answers = Answers(fixture).ToList();

        Assert.NotEmpty(answers);
        Assert.Equal(Last(answers, "promptTokenCount"), summary.Counts[UsageField.Input]);
        Assert.Equal(Last(answers, "candidatesTokenCount"), summary.Counts[UsageField.Output]);
        Assert.Equal(Last(answers, "cachedContentTokenCount"), summary.Counts[UsageField.CachedRead]);
        Assert.Equal(Last(answers, "thoughtsTokenCount"), summary.Counts[UsageField.Reasoning]);
        Assert.Null(summary.Counts[UsageField.CachedWrite]);
        Assert.Equal(
            answers
                .Select(answer => answer.TryGetProperty("modelVersion", out var model) ? model.GetString() : null)
                .LastOrDefault(model => model is not null),
            summary.Model
        );
    }

    private static IEnumerable<JsonElement> Answers(Fixture fixture)
    {
        var text = Encoding.UTF8.GetString(fixture.Body);
        if (fixture.ContentType == "text/event-stream")
        {
            return text.Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(one => JsonDocument.Parse(one["data: ".Length..]).RootElement);
        }

        var root = JsonDocument.Parse(text).RootElement;
        return root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : [root];
    }

    private static long? Last(IEnumerable<JsonElement> answers, string name) =>
        answers
            .Select(answer =>
                answer.TryGetProperty("usageMetadata", out var usage) && usage.TryGetProperty(name, out var count)
                    ? count.GetInt64()
                    : (long?)null
            )
            .LastOrDefault(count => count is not null);
}
