using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Observation;

namespace AuthSidecar.IntegrationTests.Sdks;

/// <summary>The observer and the providers' own SDKs read the same counts from the same bytes.</summary>
public sealed class SdkCountTests
{
    [RequiresFact("node")]
    public async Task EveryFixture_IsReadAsItsSdkReadsIt()
    {
        await using var sdks = SdkCounts.Start();
        var wrong = new List<string>();
        foreach (
            var fixture in Fixture.All.Where(fixture =>
                fixture.Api is not ("gemini" or "gemini-interactions" or "openai-compatible" or "openai-objects")
            )
        )
        {
            var theirs = await sdks.CountAsync(fixture);
            var ours = Observe(fixture);
            if (theirs != ours)
            {
                wrong.Add($"{fixture.File}: the SDK says {theirs}, we say {ours}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static SdkCount Observe(Fixture fixture)
    {
        using var reader = new ResponseReader(new(fixture.Status, fixture.ContentType, ""), isProviders: true);
        reader.Read(fixture.Body);
        var end = reader.End(isWhole: true);

        // A truncated stream is not an error to an SDK.
        var error = end.ErrorType == ErrorNames.Truncated ? null : end.ErrorType;
        return new(
            end.Model,
            end.Counts[UsageField.Input],
            end.Counts[UsageField.Output],
            end.Counts[UsageField.CachedRead],
            end.Counts[UsageField.CachedWrite],
            end.Counts[UsageField.Reasoning],
            error
        );
    }
}
