using System.Text.Json.Nodes;
using AuthSidecar.TestSupport.Corpus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Cases;

/// <summary>The sidecar behind the cases.</summary>
public sealed class SidecarHarnessTests
{
    [Theory]
    [InlineData("errors/anthropic: too many sockets")]
    [InlineData("errors/anthropic: a flooding address")]
    public async Task UsedPermits_AreNotReplenishedBeforeTheNextRequest(string id)
    {
        var one = CorpusFiles.Case(id);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var harness = await SidecarHarness.StartAsync(
            one.Given.Settings,
            settings => settings["Cache"] = new JsonObject { ["NegativeTtl"] = "00:00:00", ["MaxStaleness"] = "01:00:00" },
            services => services.AddSingleton<TimeProvider>(time)
        );
        var request = CheckRequests.Build(one, harness.Vocabulary, Transport.InProcess);

        Assert.Equal(1, one.Given.Before);
        await harness.RunAsync(request);
        time.Advance(TimeSpan.FromMinutes(2));
        var answer = await harness.RunAsync(request);

        Assert.Equal(one.Refusal!.Reason, answer.DynamicMetadata.Fields["reason"].StringValue);
    }
}
