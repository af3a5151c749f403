using AuthSidecar.Administration.Devices;

namespace AuthSidecar.Tests.Administration.Devices;

public class DeviceScopesTests
{
    [Theory]
    [InlineData("", null, "full")]
    [InlineData("", "", "full")]
    [InlineData("", "llm:invoke", "llm:invoke")]
    [InlineData("", "llm:invoke manage", "llm:invoke")]
    [InlineData("", "manage", "")]
    [InlineData("full", "a b", "a b")]
    [InlineData("a b", null, "a b")]
    [InlineData("a b", "full", "a b")]
    [InlineData("a b", "b c", "b")]
    [InlineData("a b", "b b", "b")]
    [InlineData("a b", "c", "")]
    [InlineData("a b", "manage", "")]
    [InlineData("a manage", "manage", "")]
    [InlineData("a manage", "full", "a")]
    [InlineData("manage", null, "")]
    [InlineData("a", "A", "")]
    public void Scopes_AreThoseOfTheClientThatWereAskedFor(string client, string? asked, string expected)
    {
        var options = new DeviceClientOptions { Id = "ci", Scopes = [.. client.Split(' ', StringSplitOptions.RemoveEmptyEntries)] };

        Assert.Equal(expected, string.Join(' ', DeviceScopes.Of(options, asked)));
    }
}
