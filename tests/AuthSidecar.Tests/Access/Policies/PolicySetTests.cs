using AuthSidecar.Access.Policies;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Tests.Access.Policies;

public sealed class PolicySetTests
{
    [Fact]
    public void Name_IsFoundExactlyOrNotAtAll()
    {
        var set = Compile(new RuleOptions { Path = "/{**rest}", Policy = "a" });

        Assert.Equal("a", set.ByName("a")?.Name);
        Assert.Null(set.ByName("A"));
        Assert.Null(set.ByName(" a"));
        Assert.Null(set.ByName(""));
    }

    [Fact]
    public void FirstRuleThatMatches_Wins()
    {
        var set = Compile(
            new RuleOptions
            {
                Host = "one.example",
                Method = "POST",
                Path = "/x/{**rest}",
                Policy = "a",
            },
            new RuleOptions
            {
                Method = "POST",
                Path = "/x/y",
                Policy = "b",
            },
            new RuleOptions { Path = "/x/{id}", Policy = "c" }
        );

        Assert.Equal("a", set.Match("one.example", "POST", "/x/y")?.Name);
        Assert.Equal("b", set.Match("two.example", "POST", "/x/y")?.Name);
        Assert.Equal("c", set.Match("one.example", "GET", "/x/y")?.Name);
        Assert.Equal("c", set.Match("two.example", "POST", "/x/z")?.Name);
        Assert.Null(set.Match("two.example", "POST", "/x"));
        Assert.Null(set.Match("two.example", "POST", "/X/y"));
    }

    [Fact]
    public void NoRules_MatchNothing() => Assert.Null(Compile().Match("h", "GET", "/"));

    [Theory]
    [InlineData("api.example.com", "api.example.com", true)]
    [InlineData("api.example.com", "API.Example.COM", true)]
    [InlineData("api.example.com", "api.example.com:8443", true)]
    [InlineData("api.example.com", "api.example.com.", true)]
    [InlineData("api.example.com", "api.example.com.:443", true)]
    [InlineData("api.example.com", "api.example.com.evil", false)]
    [InlineData("api.example.com", "xapi.example.com", false)]
    [InlineData("api.example.com", "", false)]
    [InlineData("[2001:db8::1]", "[2001:db8::1]", true)]
    [InlineData("[2001:db8::1]", "[2001:DB8::1]:9443", true)]
    [InlineData("[2001:db8::1]", "[2001:db8::1", false)]
    [InlineData("[2001:db8::1]", "2001:db8::1", false)]
    [InlineData("*", "", true)]
    [InlineData("*", "anything:1", true)]
    public void Host_IsComparedWithoutPortAndCase(string rule, string host, bool matches)
    {
        var set = Compile(
            new RuleOptions
            {
                Host = rule,
                Path = "/",
                Policy = "a",
            }
        );

        Assert.Equal(matches, set.Match(host, "GET", "/") is not null);
    }

    [Theory]
    [InlineData("*", "PROPFIND", true)]
    [InlineData("GET", "GET", true)]
    [InlineData("GET", "get", false)]
    [InlineData("GET", "HEAD", false)]
    public void Method_IsComparedExactly(string rule, string method, bool matches)
    {
        var set = Compile(
            new RuleOptions
            {
                Method = rule,
                Path = "/",
                Policy = "a",
            }
        );

        Assert.Equal(matches, set.Match("h", method, "/") is not null);
    }

    [Fact]
    public void Policy_CarriesItsProviderSubjectsAndMark()
    {
        var settings = new SidecarSettings
        {
            Providers = { ["azure"] = new() { Dialect = Dialect.AzureOpenai } },
            Policies =
            {
                ["a"] = new() { Provider = "azure", Subjects = ["account", "end_user"] },
                ["p"] = new() { Public = true },
            },
        };

        var set = new Snapshot(settings, []).Policies;

        Assert.Same(settings.Providers["azure"], set.ByName("a")!.Provider);
        Assert.Equal(Dialect.AzureOpenai, set.ByName("a")!.Dialect);
        Assert.Equal(SubjectType.Account | SubjectType.EndUser, set.ByName("a")!.Subjects);
        Assert.Null(set.ByName("a")!.Public);
        Assert.Equal(SubjectType.All, set.ByName("p")!.Subjects);
        Assert.NotNull(set.ByName("p")!.Public);
        Assert.Null(set.ByName("p")!.Provider);
        Assert.Equal(2, set.Policies.Count);
    }

    private static PolicySet Compile(params RuleOptions[] rules)
    {
        var settings = new SidecarSettings
        {
            Policies =
            {
                ["a"] = new(),
                ["b"] = new(),
                ["c"] = new(),
            },
            Rules = [.. rules],
        };
        return new Snapshot(settings, []).Policies;
    }
}
