using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;
using Xunit.Abstractions;

namespace AuthSidecar.IntegrationTests.Cases;

/// <summary>
/// Every case of tests/Cases, byte for byte through a real Envoy to a real upstream; for a refusal the upstream must not be called.
/// </summary>
public sealed class CaseTests(CaseServers servers, ITestOutputHelper output) : IClassFixture<CaseServers>
{
    public static IEnumerable<object[]> Rows => CorpusFiles.Rows(Transport.Envoy);

    [RequiresTheory("envoy")]
    [MemberData(nameof(Rows))]
    public Task NewestEnvoy(string id) => JudgeAsync(id, EnvoyRelease.Newest, EnvoyBinary.NewestVersion);

    [RequiresTheory("envoy-old")]
    [MemberData(nameof(Rows))]
    public Task OldestEnvoy(string id) => JudgeAsync(id, EnvoyRelease.Oldest, EnvoyBinary.OldestVersion);

    /// <summary>Lists the cases that Envoy itself changes, rejects or cannot send, with the reason.</summary>
    [Fact]
    public void EveryDifferenceOfThisTransport_IsInTheReadme()
    {
        var different = CorpusFiles
            .Cases.Select(one => (one.Id, Exception: one.Exception(Transport.Envoy)))
            .Where(one => one.Exception is not null)
            .Select(one =>
                $"- `{one.Id}`: {one.Exception!.Why}{(one.Exception.From is { } from ? $" (from Envoy {from})" : "")}{(one.Exception.Skip ? " (not run)" : "")}"
            )
            .Order(StringComparer.Ordinal)
            .ToList();
        output.WriteLine(string.Join('\n', different));

        var written = Repository
            .Text("tests", "Cases", "README.md")
            .Split("## Differences through Envoy")[1]
            .Split('\n')
            .Where(line => line.StartsWith("- ", StringComparison.Ordinal));
        Assert.Equal(different, written.Order(StringComparer.Ordinal));
    }

    private async Task JudgeAsync(string id, EnvoyRelease release, string version)
    {
        var written = CorpusFiles.Case(id);
        var one = written.At(Transport.Envoy, Version.Parse(version))!;
        var (seen, vocabulary) = await servers.RunAsync(release, written);

        Judge.Check(one, seen, vocabulary);
    }
}
