using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.BrowserTests;

/// <summary>Compares the table of this project with the product's catalogue.</summary>
public sealed class RefusalsTests
{
    [Fact]
    public void EveryReason_HasARowOrAnExplanation() =>
        Assert.Equal(
            Denials.All.Select(denial => denial.Reason).Order(StringComparer.Ordinal),
            Refusals.All.Select(row => row.Reason).Distinct().Concat(Refusals.Elsewhere.Keys).Order(StringComparer.Ordinal)
        );
}
