using AuthSidecar.Decisions.Routes;

namespace AuthSidecar.Tests.Access.Policies;

public sealed class RouteTemplateTests
{
    [Theory]
    [InlineData("/", "/", true)]
    [InlineData("/", "", false)]
    [InlineData("/", "*", false)]
    [InlineData("/", "//", false)]
    [InlineData("/", "/a", false)]
    [InlineData("/v1/models", "/v1/models", true)]
    [InlineData("/v1/models", "/v1/Models", false)]
    [InlineData("/v1/models", "/V1/models", false)]
    [InlineData("/v1/models", "/v1/models/", false)]
    [InlineData("/v1/models", "/v1/models/x", false)]
    [InlineData("/v1/models", "/v1", false)]
    [InlineData("/v1/models", "v1/models", false)]
    [InlineData("/v1/models", "/v1//models", false)]
    [InlineData("/v1/models/", "/v1/models/", true)]
    [InlineData("/v1/models/", "/v1/models", false)]
    [InlineData("/v1/models/", "/v1/models//", false)]
    [InlineData("/v1/{id}", "/v1/x", true)]
    [InlineData("/v1/{id}", "/v1/é x", true)]
    [InlineData("/v1/{id}", "/v1/", false)]
    [InlineData("/v1/{id}", "/v1", false)]
    [InlineData("/v1/{id}", "/v1/x/", false)]
    [InlineData("/v1/{id}", "/v1/x/y", false)]
    [InlineData("/v1/{id}/", "/v1/x/", true)]
    [InlineData("/v1/{id}/", "/v1/x", false)]
    [InlineData("/v1/{id}/files/{file}", "/v1/1/files/2", true)]
    [InlineData("/v1/{id}/files/{file}", "/v1/1/Files/2", false)]
    // Catch-alls match an empty remainder too, as in ASP.NET.
    [InlineData("/{**rest}", "/", true)]
    [InlineData("/{**rest}", "/a/b/", true)]
    [InlineData("/v1/{**rest}", "/v1", true)]
    [InlineData("/v1/{**rest}", "/v1/", true)]
    [InlineData("/v1/{**rest}", "/v1/a", true)]
    [InlineData("/v1/{**rest}", "/v1/a/b/", true)]
    [InlineData("/v1/{**rest}", "/v10", false)]
    [InlineData("/v1/{**rest}", "/V1/a", false)]
    [InlineData("/v1/{*rest}", "/v1/a/b", true)]
    // Optional and defaulted parameters.
    [InlineData("/v1/{id?}", "/v1", true)]
    [InlineData("/v1/{id?}", "/v1/x", true)]
    [InlineData("/v1/{id?}", "/v1/", false)]
    [InlineData("/v1/{id?}", "/v1/x/", false)]
    [InlineData("/v1/{id?}/", "/v1/", true)]
    [InlineData("/v1/{id?}/", "/v1/x/", true)]
    [InlineData("/v1/{id?}/", "/v1", false)]
    [InlineData("/{a=x}/{b=y}", "/", true)]
    [InlineData("/{a=x}/{b=y}", "/1", true)]
    [InlineData("/{a=x}/{b=y}", "/1/2", true)]
    [InlineData("/{a=x}/{b=y}", "/1/2/3", false)]
    [InlineData("/{a=x}/b", "/b", false)]
    [InlineData("/{a=x}/b", "/1/b", true)]
    // Literals and parameters in one segment.
    [InlineData("/{name}.{ext}", "/a.b", true)]
    [InlineData("/{name}.{ext}", "/a.b.c", true)]
    [InlineData("/{name}.{ext}", "/a.", false)]
    [InlineData("/{name}.{ext}", "/.b", false)]
    [InlineData("/{name}.{ext}", "/ab", false)]
    [InlineData("/{name}.{ext?}", "/a", true)]
    [InlineData("/{name}.{ext?}", "/a.b", true)]
    [InlineData("/v{n}", "/v1", true)]
    [InlineData("/v{n}", "/v", false)]
    [InlineData("/v{n}", "/x1", false)]
    [InlineData("/{n}v", "/1v", true)]
    [InlineData("/{n}v", "/v", false)]
    [InlineData("/a{x}b{y}c", "/a1b2c", true)]
    [InlineData("/a{x}b{y}c", "/abbbc", true)]
    [InlineData("/a{x}b{y}c", "/abc", false)]
    [InlineData("/a{x}b{y}c", "/abbc", false)]
    [InlineData("/models/{model}:generateContent", "/models/gemini-2.0:generateContent", true)]
    [InlineData("/models/{model}:generateContent", "/models/gemini-2.0:streamGenerateContent", false)]
    [InlineData("/models/{model}:generateContent", "/models/:generateContent", false)]
    [InlineData("/{{literal}}", "/{literal}", true)]
    // Constraints, ASP.NET's own.
    [InlineData("/{id:int}", "/12", true)]
    [InlineData("/{id:int}", "/1x", false)]
    [InlineData("/{id:int?}", "/", true)]
    [InlineData("/{id:guid}", "/4a8d1b0e-0000-4000-8000-000000000000", true)]
    [InlineData("/{id:guid}", "/4a8d", false)]
    [InlineData("/{id:minlength(2):maxlength(3)}", "/abc", true)]
    [InlineData("/{id:minlength(2):maxlength(3)}", "/abcd", false)]
    [InlineData("/{id:range(1,5)}", "/6", false)]
    [InlineData("/{id:alpha}", "/abC", true)]
    [InlineData("/{id:alpha}", "/ab1", false)]
    [InlineData("/v{major:int}.{minor:int}", "/v1.2", true)]
    [InlineData("/v{major:int}.{minor:int}", "/v1.x", false)]
    public void Template_TakesThePathOrNot(string template, string path, bool matches)
    {
        Assert.True(RouteTemplate.TryParse(template, out var parsed, out var error), error);
        Assert.Equal(matches, parsed.IsMatch(path));
    }

    [Theory]
    [InlineData("", "must start with /")]
    [InlineData("v1", "must start with /")]
    [InlineData("~/v1", "must start with /")]
    [InlineData("/a%20b", "is compared with the decoded path; write the character itself instead of its escape")]
    [InlineData("/a/{**rest}/", "a catch-all takes the slash too; write nothing after it")]
    [InlineData("/a/{**rest}/b", "A catch-all parameter can only appear as the last segment of the route template.")]
    [InlineData(
        "/{a}{b}",
        "A path segment cannot contain two consecutive parameters. They must be separated by a '/' or by a literal string."
    )]
    [InlineData("/{a}/{a}", "The route parameter name 'a' appears more than one time in the route template.")]
    [InlineData(
        "/a//b",
        "The route template separator character '/' cannot appear consecutively. It must be separated by either a parameter or a "
            + "literal value."
    )]
    [InlineData("/a?b=c", "The literal section 'a?b=c' is invalid. Literal sections cannot contain the '?' character.")]
    [InlineData(
        "/{id:prime}",
        "the constraint prime is not supported; use one of int, long, guid, bool, alpha, length, minlength, maxlength, min, max, range"
    )]
    [InlineData(
        "/{id:regex(^a+$)}",
        "the constraint regex(^a+$) is not supported; use one of int, long, guid, bool, alpha, length, minlength, maxlength, min, "
            + "max, range"
    )]
    [InlineData(
        "/{id:required}",
        "the constraint required is not supported; use one of int, long, guid, bool, alpha, length, minlength, maxlength, min, max, range"
    )]
    public void InvalidTemplate_HasAReason(string template, string error)
    {
        Assert.False(RouteTemplate.TryParse(template, out _, out var actual));
        Assert.Equal(error, actual);
    }

    [Fact]
    public void ConstraintWithABadArgument_IsAnErrorNotAnException()
    {
        Assert.False(RouteTemplate.TryParse("/{id:length(x)}", out _, out var error));
        Assert.NotEmpty(error);
    }

    /// <summary>Matching a segment with many parameters must not backtrack: each literal is searched once.</summary>
    [Fact]
    public void HostilePath_IsJudgedInLinearTime()
    {
        Assert.True(RouteTemplate.TryParse("/{a}-{b}-{c}-{d}-{e}-{f}-{g}-x{h}", out var template, out _));
        var path = "/" + new string('-', 1_000_000);

        var started = TimeProvider.System.GetTimestamp();
        Assert.False(template.IsMatch(path));
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Match_AllocatesNothing()
    {
        Assert.True(RouteTemplate.TryParse("/v1/{id}/a{b}c/{**rest}", out var template, out _));
        Assert.True(template.IsMatch("/v1/x/abbc/y/z"));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
        {
            template.IsMatch("/v1/x/abbc/y/z");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
