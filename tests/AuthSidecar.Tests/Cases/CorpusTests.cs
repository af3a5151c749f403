using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.Tests.Cases;

/// <summary>The corpus itself: strictly parsed, and complete.</summary>
public sealed class CorpusTests
{
    private const string Refused = """{"why":"w","given":{"policy":"p"},"client":{"status":401,"reason":"r"},"rows":[{"name":"n"}]}""";

    [Fact]
    public void Corpus_IsLarge() => Assert.True(CorpusFiles.Cases.Count >= 250, $"{CorpusFiles.Cases.Count} cases");

    [Theory]
    [InlineData("""{"why":"w","given":{"policy":"p"},"name":"n","clients":{}}""", "an unknown member")]
    [InlineData("""{"why":"w","given":{"policy":"p"},"name":"n","client":{"status":401,"reasons":"r"}}""", "an unknown nested member")]
    [InlineData("""{"given":{"policy":"p"},"name":"n"}""", "no why")]
    [InlineData("""{"why":"w","name":"n"}""", "nothing given")]
    [InlineData("""{"why":"w","given":{"policy":"p","extensions":{}},"name":"n"}""", "policy and extensions")]
    [InlineData("""{"why":"w","given":{"extensions":{},"closer":true},"name":"n"}""", "a closer without a policy")]
    [InlineData("""{"why":"w","given":{"policy":"p"},"rows":[{"name":"a"},{"name":"a"}]}""", "the same name twice")]
    [InlineData("""{"why":"w","given":{"policy":"p"},"rows":[{}]}""", "no name")]
    [InlineData("""{"why":"w","given":{"policy":"p"},"name":"n","client":{"status":401},"upstream":{}}""", "refused and called")]
    [InlineData("""{"why":"w","given":{"policy":"p"},"name":"n","request":{"headers":[["a"]]}}""", "half a header")]
    [InlineData("""{"why":"w","given":{"policy":"p"},"name":"n","transports":{"back":{"why":"w"}}}""", "no such transport")]
    [InlineData("""{"why":"w","given":{"policy":"p"},"name":"n","transports":{"envoy":{"skip":true}}}""", "an exception without why")]
    public void WrongFile_IsNotRead(string json, string reason)
    {
        var failure = Record.Exception(() => CaseLoader.Parse("x", json));

        Assert.True(failure is InvalidDataException or System.Text.Json.JsonException, reason);
    }

    [Fact]
    public void Refusal_NeverHasAnUpstream() => Assert.Null(Assert.Single(CaseLoader.Parse("x", Refused)).Upstream);

    [Theory]
    [InlineData("canonical")]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("aibridge")]
    public void EveryReason_HasACaseInEveryShape(string shape)
    {
        // Decided before a policy is selected, or in no configuration of the corpus.
        Denial[] elsewhere = [Denials.InvalidPath, Denials.InvalidUpgrade, Denials.NoPolicy, Denials.InternalError];
        var covered = CorpusFiles.Cases.Where(one => one.Refusal?.Shape == shape).Select(one => one.Refusal!.Reason).ToHashSet();

        Assert.Empty(Denials.All.Except(elsewhere).Select(denial => denial.Reason).Except(covered));
    }

    [Fact]
    public void EveryReason_ExceptInternalError_HasACase() =>
        Assert.Equal(
            [Denials.InternalError.Reason],
            Denials.All.Select(denial => denial.Reason).Except(CorpusFiles.Cases.Select(one => one.Refusal?.Reason))
        );

    [Fact]
    public void EveryReason_ThatComesAfterThePolicy_HasAClose()
    {
        // Decided earlier, in no configuration of the corpus, or by the number of open WebSockets.
        Denial[] elsewhere = [Denials.InvalidPath, Denials.InvalidUpgrade, Denials.NoPolicy, Denials.InternalError, Denials.TooManySockets];
        var closed = CorpusFiles.Cases.Where(one => one.IsClose).Select(one => one.Refusal!.Reason);

        Assert.Empty(Denials.All.Except(elsewhere).Select(denial => denial.Reason).Except(closed));
    }

    [Fact]
    public void EveryRefusedSocket_IsAlsoAClose()
    {
        string[] beforeThePolicy = ["malformed path", "no policy"];

        Assert.Equal(Rows("refused").Where(row => !beforeThePolicy.Contains(row.Name)), Rows("closed"));

        static IEnumerable<(string Name, string? Reason, int? Close)> Rows(string file) =>
            CorpusFiles
                .Cases.Where(one => one.Id.StartsWith($"websocket/{file}: ", StringComparison.Ordinal))
                .Select(one => (one.Id.Split(": ", 2)[1], one.Refusal!.Reason, one.Refusal.Close));
    }

    [Fact]
    public void EveryPolicyOfTheSettings_IsUsed()
    {
        var named = CorpusFiles.Cases.Select(one => one.Given.Policy).ToHashSet();

        Assert.All(CorpusFiles.Settings("main")["Policies"]!.AsObject(), policy => Assert.Contains(policy.Key, named));
    }
}
