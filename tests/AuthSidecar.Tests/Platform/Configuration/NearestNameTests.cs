using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class NearestNameTests
{
    private static readonly string[] _known = ["Policies", "Providers", "Rules", "Shutdown"];

    [Theory]
    [InlineData("Policys", "Policies")]
    [InlineData("policies", "Policies")]
    [InlineData("Provider", "Providers")]
    [InlineData("Rule", "Rules")]
    [InlineData("Ruels", "Rules")]
    [InlineData("ShutDwon", "Shutdown")]
    public void NearName_IsSuggested(string name, string nearest) =>
        Assert.Equal($"; did you mean {nearest}?", NearestName.Hint(name, _known));

    [Fact]
    public void FarName_ListsAFewNames() =>
        Assert.Equal("; known here: Policies, Providers, Rules, Shutdown", NearestName.Hint("Zebra", _known));

    [Fact]
    public void FarNameAmongMany_OrNone_HasNoSuggestion()
    {
        Assert.Equal("", NearestName.Hint("Zebra", Enumerable.Range(0, 13).Select(index => $"Name{index}")));
        Assert.Equal("", NearestName.Hint("Zebra", []));
    }
}
