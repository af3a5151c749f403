using System.Text;
using System.Text.Json;
using AuthSidecar.Observation;
using AuthSidecar.TestKit;

namespace AuthSidecar.Tests.Observation;

/// <summary>
/// Gemini's fixtures, read as its reference says and with a whole parser: <c>usageMetadata</c> with <c>promptTokenCount</c> and, beside it, <c>toolUsePromptTokenCount</c>, <c>candidatesTokenCount</c>,
/// <c>cachedContentTokenCount</c> and <c>thoughtsTokenCount</c>, the model in <c>modelVersion</c>, the later answers of a stream over the earlier.
/// </summary>
public sealed class GeminiReferenceTests
{
    public static TheoryData<string> Files => [.. Fixture.All.Where(fixture => fixture.Api == "gemini" && !fixture.File.EndsWith("cut.json", StringComparison.Ordinal)).Select(fixture => fixture.File)];

    [Theory, MemberData(nameof(Files))]
    public void TheCounts_AreTheReferences(string file)
    {
        var fixture = Fixture.Named(file);
        var summary = Reading.Read(Reading.HeadOf(fixture), [fixture.Body]);
        var answers = Answers(fixture).ToList();

        Assert.NotEmpty(answers);
        Assert.Equal(Last(answers, "promptTokenCount") + (Last(answers, "toolUsePromptTokenCount") ?? 0), summary.Counts[Place.Input]);
        Assert.Equal(Last(answers, "candidatesTokenCount"), summary.Counts[Place.Output]);
        Assert.Equal(Last(answers, "cachedContentTokenCount"), summary.Counts[Place.CachedRead]);
        Assert.Equal(Last(answers, "thoughtsTokenCount"), summary.Counts[Place.Reasoning]);
        Assert.Null(summary.Counts[Place.CachedWrite]);
        Assert.Equal(answers.Select(answer => answer.TryGetProperty("modelVersion", out var model) ? model.GetString() : null).LastOrDefault(model => model is not null), summary.Model);
    }

    /// <summary>No part of any other: together they are the total.</summary>
    [Fact]
    public void WhatToolsGaveToRead_IsInput_WithTheLastOfBoth()
    {
        const string Events = """
            data: {"candidates":[{"index":0}],"usageMetadata":{"promptTokenCount":151,"toolUsePromptTokenCount":20,"totalTokenCount":171}}

            data: {"candidates":[{"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":151,"candidatesTokenCount":1089,"totalTokenCount":20689,"toolUsePromptTokenCount":18329,"thoughtsTokenCount":1120}}


            """;
        var counts = Reading.Read(Reading.Events, Events).Counts;

        Assert.Equal((18_480, 1089, 1120), (counts[Place.Input], counts[Place.Output], counts[Place.Reasoning]));
        Assert.Equal(20_689, counts[Place.Input] + counts[Place.Output] + counts[Place.Reasoning]);
        Assert.Equal(9, Reading.Read(Reading.Json, """{"usageMetadata":{"toolUsePromptTokenCount":9}}""").Counts[Place.Input]);
    }

    private static IEnumerable<JsonElement> Answers(Fixture fixture)
    {
        var text = Encoding.UTF8.GetString(fixture.Body);
        if (fixture.ContentType == "text/event-stream")
        {
            return text.Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries).Select(one => JsonDocument.Parse(one["data: ".Length..]).RootElement);
        }

        var root = JsonDocument.Parse(text).RootElement;
        return root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : [root];
    }

    private static long? Last(IEnumerable<JsonElement> answers, string name) => answers
        .Select(answer => answer.TryGetProperty("usageMetadata", out var usage) && usage.TryGetProperty(name, out var count) ? count.GetInt64() : (long?)null)
        .LastOrDefault(count => count is not null);
}
