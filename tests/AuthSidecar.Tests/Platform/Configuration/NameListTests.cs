using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Platform.Configuration;

/// <summary>A setting that is a list of names, or an object whose members may have values: a policy's <c>Models</c>.</summary>
public sealed class NameListTests : IDisposable
{
    private const string AsObject = """
        {
          "Policies": {
            "p": { "Models": { "gpt-5*": { "Tokens": 50000, "Permits": 10, "Window": "00:00:30" }, "text-*": {}, "o3": null } }
          }
        }
        """;

    private readonly SettingsDirectory _directory = new();

    [Fact]
    public void Object_IsAListOfItsNames_WithTheirValues()
    {
        _directory.Write("authsidecar.json", AsObject);

        var models = _directory.LoadGood().Policies["p"].Models;

        Assert.Equal(["gpt-5*", "text-*", "o3"], models);
        var limit = models.ValueOf("gpt-5*")!;
        Assert.Equal(
            (50_000, TimeSpan.FromMinutes(1), 10, TimeSpan.FromSeconds(30), 0),
            (limit.Tokens, limit.TokenWindow, limit.Permits, limit.Window, limit.Parallel)
        );
        Assert.Equal(0, models.ValueOf("text-*")!.Tokens);
        Assert.Null(models.ValueOf("o3"));
    }

    [Fact]
    public void List_HasNoValues()
    {
        _directory.Write("authsidecar.json", """{ "Policies": { "p": { "Models": ["gpt-5*", "text-*"] } } }""");

        var models = _directory.LoadGood().Policies["p"].Models;

        Assert.Equal(["gpt-5*", "text-*"], models);
        Assert.Null(models.Values);
        Assert.Null(models.ValueOf("gpt-5*"));
    }

    [Theory]
    [InlineData("""{ "Policies": { "p": {} } }""", "gpt-5* 50000, o3 7")]
    [InlineData(AsObject, "gpt-5* 50000, text-* 0, o3 7")]
    public void EnvironmentAndCommandLine_NameAMember(string file, string expected)
    {
        _directory.Write("authsidecar.json", file);
        _directory.Environment["AUTHSIDECAR_Policies__p__Models__gpt-5*__Tokens"] = "50000";
        _directory.Overrides.Add("--Policies:p:Models:o3:Tokens=7");

        var models = _directory.LoadGood().Policies["p"].Models;

        Assert.Equal(expected, string.Join(", ", models.Select(model => $"{model} {models.ValueOf(model)!.Tokens}")));
    }

    [Fact]
    public void EnvironmentAndCommandLine_StillNameAnEntryOfAList()
    {
        _directory.Environment["AUTHSIDECAR_Policies__p__Models__0"] = "gpt-5*";
        _directory.Overrides.Add("--Policies:p:Models:1=text-*");

        Assert.Equal(["gpt-5*", "text-*"], _directory.LoadGood().Policies["p"].Models);
    }

    [Fact]
    public void AllErrors_AreReportedAtOnce()
    {
        _directory.Write(
            "authsidecar.json",
            """
            { "Policies": {
                "p": { "Models": { "gpt-5*": { "Tokens": -1, "TokenWindow": "2.00:00:00", "Permit": 1 }, "o 3": {}, "": {}, "x": 5 } },
                "q": { "Models": "gpt-5*" },
                "r": { "Models": { "*": {} }, "Public": true },
                "s": { "Models": ["gpt-5*"] }
            } }
            """
        );
        _directory.Overrides.Add("--Policies:s:Models:gpt-5*:Tokens=7");
        _directory.Overrides.Add("--Policies:t:Models:gpt-5*=7");

        Assert.Equal(
            [
                "Policies:s:Models:gpt-5*: not an index of the list, which has 1 entries; the next index is 1 "
                    + "(set by --Policies:s:Models:gpt-5*:Tokens)",
                "Policies:t:Models:gpt-5*: holds more than one value; name one of them, such as Policies:t:Models:gpt-5*:Permits "
                    + "(set by --Policies:t:Models:gpt-5*)",
                "Policies:p:Models:gpt-5*:Tokens: must be a whole number of at least 0, not -1",
                "Policies:p:Models:gpt-5*:TokenWindow: must be a duration \"[days.]hh:mm:ss[.fff]\" from 00:00:00.001 to 1.00:00:00, "
                    + "e.g. \"00:01:00\", not \"2.00:00:00\"",
                "Policies:p:Models:gpt-5*:Permit: unknown; did you mean Permits?",
                "Policies:p:Models: a name may be neither empty nor hold control characters",
                "Policies:p:Models:x: must be an object, not a number",
                "Policies:q:Models: must be a list or an object, not a string",
                "Policies:p:Models:o 3: must be printable ASCII without spaces, not \"o 3\"",
                "Policies:r:Models: has no meaning in a Public policy, where models are not checked; remove one of the two",
            ],
            _directory.Load().Errors
        );
    }

    [Fact]
    public void WhatIsShown_CanBeReadAgain()
    {
        _directory.Write("authsidecar.json", AsObject);
        var settings = _directory.LoadGood();
        settings.Policies["list"] = new() { Models = ["a", "b"] };

        var shown = SettingsWriter.Write(settings);
        _directory.Write("authsidecar.json", shown);
        var again = _directory.LoadGood();

        Assert.Empty(SettingsDiff.Changed(settings, again));
        Assert.Equal(["a", "b"], again.Policies["list"].Models);
        Assert.Null(again.Policies["list"].Models.Values);
        Assert.Null(again.Policies["p"].Models.Values!["o3"]);
    }

    [Fact]
    public void EveryChange_IsSeen()
    {
        string[] all =
        [
            """["gpt-5*"]""",
            """["gpt-5*", "o3"]""",
            """{ "gpt-5*": {} }""",
            """{ "gpt-5*": null }""",
            """{ "gpt-5*": { "Tokens": 1 } }""",
            """{ "gpt-4*": { "Tokens": 1 } }""",
        ];
        var loaded = all.Select(text => SettingsDirectory.Load($$"""{ "Policies": { "p": { "Models": {{text}} } } }""").Settings!).ToList();

        Assert.All(loaded, one => Assert.Equal(1, loaded.Count(other => !SettingsDiff.Changed(one, other).Any(Concerns))));

        static bool Concerns(string path) => path.StartsWith("Policies", StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();
}
