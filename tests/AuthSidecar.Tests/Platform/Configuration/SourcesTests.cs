using AuthSidecar.Access.Authentication;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class SourcesTests : IDisposable
{
    private readonly SettingsDirectory _directory = new();

    [Fact]
    public void NothingGiven_IsTheDefaults() =>
        Assert.Equal(["DataDirectory"], SettingsDiff.Changed(new SidecarSettings(), _directory.LoadGood()));

    [Fact]
    public void FileInTheWorkingDirectory_IsRead()
    {
        _directory.Write("authsidecar.json", """{ "Shutdown": { "DrainSeconds": 1 } }""");

        Assert.Equal(1, _directory.LoadGood().Shutdown.DrainSeconds);
    }

    [Fact]
    public void ConfigOption_ReplacesTheWorkingDirectorysFile()
    {
        _directory.Write("authsidecar.json", """{ "Shutdown": { "DrainSeconds": 1 }, "DataDirectory": "other" }""");
        _directory.Write("mine.json", """{ "Shutdown": { "DrainSeconds": 2 } }""");
        _directory.ConfigFile = "mine.json";

        var settings = _directory.LoadGood();

        Assert.Equal(2, settings.Shutdown.DrainSeconds);
        Assert.Equal(Path.Combine(_directory.Root, "authsidecar-data"), settings.DataDirectory);
    }

    [Theory]
    [InlineData("{}", "", "etc/authsidecar-data")]
    [InlineData("""{ "DataDirectory": "data" }""", "", "etc/data")]
    [InlineData("""{ "DataDirectory": "../data" }""", "", "data")]
    [InlineData("""{ "DataDirectory": "/srv/data" }""", "", "/srv/data")]
    [InlineData("{}", "--DataDirectory=data", "etc/data")]
    public void RelativeDataDirectory_IsRelativeToTheFile(string json, string argument, string expected)
    {
        Directory.CreateDirectory(Path.Combine(_directory.Root, "etc"));
        _directory.Write("etc/mine.json", json);
        _directory.ConfigFile = "etc/mine.json";
        if (argument.Length > 0)
        {
            _directory.Overrides.Add(argument);
        }

        Assert.Equal(Path.Combine(_directory.Root, expected), _directory.LoadGood().DataDirectory);
    }

    [Fact]
    public void RelativeFileOfSqlite_IsRelativeToTheFile()
    {
        Directory.CreateDirectory(Path.Combine(_directory.Root, "etc"));
        _directory.Write("etc/mine.json", """{ "Store": { "ConnectionString": "Data Source=keys.db;Default Timeout=7" } }""");
        _directory.ConfigFile = "etc/mine.json";

        Assert.Equal(
            $"Data Source={_directory.Root}/etc/keys.db;Default Timeout=7",
            _directory.LoadGood().Store.ConnectionString!.Reveal()
        );
    }

    [Fact]
    public void DataDirectoryOfTheWorkingDirectory_IsWarnedOf()
    {
        Directory.CreateDirectory(Path.Combine(_directory.Root, "etc"));
        Directory.CreateDirectory(Path.Combine(_directory.Root, "authsidecar-data"));
        _directory.Write("etc/mine.json", "{}");
        _directory.ConfigFile = "etc/mine.json";

        Assert.Contains(
            $"DataDirectory: is relative to the configuration file: {_directory.Root}/etc/authsidecar-data, "
                + $"not {_directory.Root}/authsidecar-data, which exists",
            _directory.Load().Warnings
        );
    }

    [Fact]
    public void SecretsThatCannotBeRead_AreDeferredForCommands_ButTheStores()
    {
        _directory.Write(
            "authsidecar.json",
            """
            {
              "Store": { "Provider": "postgres", "ConnectionString": "env:NO_STORE" },
              "Redis": { "ConnectionString": "env:NO_REDIS" },
              "Auth": { "Peppers": ["file:/no/pepper"], "MasterKey": "env:NO_MASTER" },
              "Listen": { "CheckSecrets": ["env:NO_CHECK"] },
              "Providers": { "openai": { "Credential": "env:NO_OPENAI" } },
              "Limits": { "UserPermits": "env:NO_PERMITS" }
            }
            """
        );

        Assert.Equal(
            7,
            _directory
                .Load()
                .Errors.Count(error => error.Contains("NO_", StringComparison.Ordinal) || error.Contains("/no/", StringComparison.Ordinal))
        );
        Assert.Equal(
            [
                "Store:ConnectionString: environment variable NO_STORE is not set",
                "Limits:UserPermits: environment variable NO_PERMITS is not set",
            ],
            SettingsLoader.Load(_directory.Source with { DefersSecrets = true }).Errors
        );
    }

    [Fact]
    public void MissingConfigFile_IsAnError()
    {
        _directory.ConfigFile = "mine.json";

        Assert.Equal([$"--config: file {_directory.Root}/mine.json does not exist"], _directory.Load().Errors);
    }

    [Fact]
    public void EnvironmentThenCommandLine_ComeOverTheFile()
    {
        _directory.Write(
            "authsidecar.json",
            """{ "Shutdown": { "DrainSeconds": 1 }, "Cache": { "Capacity": 1 }, "Limits": { "UserPermits": 1 } }"""
        );
        _directory.Environment["AUTHSIDECAR_Cache__Capacity"] = "2";
        _directory.Environment["AUTHSIDECAR_Limits__UserPermits"] = "2";
        _directory.Overrides.Add("--Limits:UserPermits=3");

        var settings = _directory.LoadGood();

        Assert.Equal((1, 2, 3), (settings.Shutdown.DrainSeconds, settings.Cache.Capacity, settings.Limits.UserPermits));
    }

    [Fact]
    public void EveryKindOfValue_CanComeFromTheEnvironment()
    {
        _directory.Environment["AUTHSIDECAR_DataDirectory"] = "data";
        _directory.Environment["AUTHSIDECAR_Auth__Enabled"] = "False";
        _directory.Environment["AUTHSIDECAR_Auth__Mode"] = "users";
        _directory.Environment["AUTHSIDECAR_Cache__PositiveTtl"] = "00:00:05";
        _directory.Environment["AUTHSIDECAR_Providers__azure__Dialect"] = "azure-openai";
        _directory.Environment["AUTHSIDECAR_Providers__azure__Credential"] = "key=with=signs";
        _directory.Environment["AUTHSIDECAR_Policies__p__Limit__Permits"] = "0";
        _directory.Environment["AUTHSIDECAR_Policies__p__MaxStreamDuration"] = "";

        var settings = _directory.LoadGood();

        Assert.Equal(Path.Combine(_directory.Root, "data"), settings.DataDirectory);
        Assert.False(settings.Auth.Enabled);
        Assert.Equal(AuthMode.Users, settings.Auth.Mode);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.Cache.PositiveTtl);
        Assert.Equal(Dialect.AzureOpenai, settings.Providers["azure"].Dialect);
        Assert.Equal("key=with=signs", settings.Providers["azure"].Credential!.Reveal());
        Assert.Equal(0, settings.Policies["p"].Limit!.Permits);
        Assert.Null(settings.Policies["p"].MaxStreamDuration);
    }

    [Fact]
    public void IndexOfAList_ReplacesThatEntryOrAppendsTheNext()
    {
        _directory.Write("authsidecar.json", """{ "Delegation": { "Principals": ["a", "b"] } }""");
        _directory.Environment["AUTHSIDECAR_Delegation__Principals__1"] = "B";
        _directory.Overrides.Add("--Delegation:Principals:2=c");

        Assert.Equal(["a", "B", "c"], _directory.LoadGood().Delegation.Principals);
    }

    [Fact]
    public void ListOfElevenFromTheEnvironment_KeepsItsOrder()
    {
        for (var index = 10; index >= 0; index--)
        {
            _directory.Environment[$"AUTHSIDECAR_Delegation__Principals__{index}"] = $"p{index}";
        }

        Assert.Equal(Enumerable.Range(0, 11).Select(index => $"p{index}"), _directory.LoadGood().Delegation.Principals);
    }

    [Fact]
    public void EntryOfAListOfSections_CanComeFromTheEnvironment()
    {
        _directory.Write("authsidecar.json", """{ "Policies": { "p": {} }, "Rules": [ { "Path": "/a", "Policy": "p" } ] }""");
        _directory.Environment["AUTHSIDECAR_Rules__0__Method"] = "GET";
        _directory.Environment["AUTHSIDECAR_Rules__1__Path"] = "/b";
        _directory.Environment["AUTHSIDECAR_Rules__1__Policy"] = "p";

        Assert.Equal(["GET /a", "* /b"], _directory.LoadGood().Rules.Select(rule => $"{rule.Method} {rule.Path}"));
    }

    [Fact]
    public void ListGivenEmpty_ReplacesTheDefault_ExceptScopesWhichThenMeanFull()
    {
        _directory.Write("authsidecar.json", """{ "Policies": { "p": { "Scopes": [], "Limit": null } } }""");

        var policy = _directory.LoadGood().Policies["p"];

        Assert.Equal(["full"], policy.Scopes);
        Assert.Null(policy.Limit);
    }

    [Fact]
    public void ListGiven_ReplacesTheDefaultRatherThanAddingToIt()
    {
        _directory.Write("authsidecar.json", """{ "Policies": { "p": { "Scopes": ["a"], "Subjects": ["service"] } } }""");

        var policy = new Snapshot(_directory.LoadGood(), []).Policies.ByName("p")!;

        Assert.Equal(["a"], policy.Options.Scopes);
        Assert.Equal(SubjectType.Service, policy.Subjects);
    }

    [Theory]
    [InlineData("AUTHSIDECAR_Policys__p__Byok", "Policys: unknown; did you mean Policies? (set by AUTHSIDECAR_Policys__p__Byok)")]
    [InlineData("AUTHSIDECAR_DATADIRECTORY", "DATADIRECTORY: unknown; did you mean DataDirectory? (set by AUTHSIDECAR_DATADIRECTORY)")]
    [InlineData(
        "AUTHSIDECAR_Auth__Peppers",
        "Auth:Peppers: holds more than one value; name one of them, such as Auth:Peppers:0 (set by AUTHSIDECAR_Auth__Peppers)"
    )]
    [InlineData("AUTHSIDECAR_Auth", "Auth: holds more than one value; name one of them, such as Auth:Mode (set by AUTHSIDECAR_Auth)")]
    [InlineData(
        "AUTHSIDECAR_Providers",
        "Providers: holds more than one value; name one of them, such as Providers:NAME (set by AUTHSIDECAR_Providers)"
    )]
    [InlineData(
        "AUTHSIDECAR_Auth__Peppers__1",
        "Auth:Peppers:1: not an index of the list, which has 0 entries; the next index is 0 (set by AUTHSIDECAR_Auth__Peppers__1)"
    )]
    [InlineData(
        "AUTHSIDECAR_Auth__Peppers__x",
        "Auth:Peppers:x: not an index of the list, which has 0 entries; the next index is 0 (set by AUTHSIDECAR_Auth__Peppers__x)"
    )]
    [InlineData(
        "AUTHSIDECAR_Auth__Enabled__x",
        "Auth:Enabled:x: a single value has no keys of its own (set by AUTHSIDECAR_Auth__Enabled__x)"
    )]
    [InlineData("AUTHSIDECAR_Auth__Enabled", "Auth:Enabled: must be true or false, not \"very-secret\" (set by AUTHSIDECAR_Auth__Enabled)")]
    [InlineData("AUTHSIDECAR_", ": unknown (set by AUTHSIDECAR_)")]
    public void BadVariable_IsAnErrorThatNamesIt(string variable, string error)
    {
        _directory.Environment[variable] = "very-secret";

        Assert.Equal([error], _directory.Load().Errors);
    }

    [Fact]
    public void InvalidArgument_IsAnErrorThatNamesIt()
    {
        _directory.Overrides.AddRange(["--Shutdown:DrainSeconds=soon", "--Shutdwn:DrainSeconds=1"]);

        Assert.Equal(
            [
                "Shutdwn: unknown; did you mean Shutdown? (set by --Shutdwn:DrainSeconds)",
                "Shutdown:DrainSeconds: must be a whole number from 0 to 3600, not \"soon\" (set by --Shutdown:DrainSeconds)",
            ],
            _directory.Load().Errors
        );
    }

    [Fact]
    public void OverrideOfSomethingThatTheFileHasWrong_LeavesTheFilesError()
    {
        _directory.Write("authsidecar.json", """{ "Auth": [], "Rules": {} }""");
        _directory.Environment["AUTHSIDECAR_Auth__Enabled"] = "true";
        _directory.Environment["AUTHSIDECAR_Rules__0__Path"] = "/";

        Assert.Equal(["Auth: must be an object, not a list", "Rules: must be a list, not an object"], _directory.Load().Errors);
    }

    /// <summary>
    /// A Service named authsidecar, or authsidecar-check, has these variables in the environment of every pod of its namespace.
    /// </summary>
    [Theory]
    [InlineData("AUTHSIDECAR_SERVICE_HOST")]
    [InlineData("AUTHSIDECAR_SERVICE_PORT")]
    [InlineData("AUTHSIDECAR_SERVICE_PORT_GRPC_CHECK")]
    [InlineData("AUTHSIDECAR_PORT")]
    [InlineData("AUTHSIDECAR_PORT_9001_TCP")]
    [InlineData("AUTHSIDECAR_PORT_9001_TCP_ADDR")]
    [InlineData("AUTHSIDECAR_CHECK_SERVICE_HOST")]
    [InlineData("AUTHSIDECAR_CHECK_PORT_9001_TCP_PROTO")]
    public void ServiceLinksOfKubernetes_AreNoSettings(string variable)
    {
        _directory.Environment[variable] = "10.0.0.1";

        _directory.LoadGood();
    }

    [Fact]
    public void SchemaReference_IsAllowedAtTheTopOnly()
    {
        _directory.Write("authsidecar.json", """{ "$schema": "x", "Auth": { "$schema": "x" } }""");

        Assert.Equal(
            ["Auth:$schema: unknown; known here: Mode, Enabled, Peppers, LegacyPepper, MasterKey, ServiceCredentials"],
            _directory.Load().Errors
        );
    }

    [Fact]
    public void ByteOrderMarkCommentsAndTrailingCommas_AreRead()
    {
        _directory.Write("authsidecar.json", "\uFEFF{ /* a */ \"DataDirectory\": \"d\", // b\n }");

        Assert.Equal(Path.Combine(_directory.Root, "d"), _directory.LoadGood().DataDirectory);
    }

    [Fact]
    public void HalfASurrogatePair_IsAnError()
    {
        var file = _directory.Write("authsidecar.json", """{ "DataDirectory": "\ud800" }""");

        Assert.Equal([$"{file}: holds half of a surrogate pair (\\ud800 to \\udfff) in a string"], _directory.Load().Errors);
    }

    public void Dispose() => _directory.Dispose();
}
