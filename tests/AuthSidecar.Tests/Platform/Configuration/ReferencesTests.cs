using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class ReferencesTests : IDisposable
{
    private readonly SettingsDirectory _directory = new();

    [Theory]
    [InlineData("secret-of-the-file\n", "secret-of-the-file")]
    [InlineData("secret-of-the-file\r\n", "secret-of-the-file")]
    [InlineData("secret-of-the-file", "secret-of-the-file")]
    [InlineData("\uFEFFsecret-of-the-file\n", "secret-of-the-file")]
    [InlineData(" secret-of-the-file \n\n", " secret-of-the-file \n")]
    public void SecretFile_LosesOneNewlineAtItsEnd(string content, string expected)
    {
        _directory.Write("pepper", content);
        _directory.Write("authsidecar.json", """{ "Auth": { "Peppers": ["file:pepper"] } }""");

        var pepper = Assert.Single(_directory.LoadGood().Auth.Peppers);

        Assert.Equal((expected, SecretSource.File), (pepper.Reveal(), pepper.Source));
    }

    [Fact]
    public void AnyString_CanBeAReference()
    {
        _directory.Environment["ADDRESS"] = "http://127.0.0.1:1";
        _directory.Environment["SECONDS"] = "7";
        _directory.Environment["FLAG"] = "true";
        _directory.Environment["MODE"] = "users";
        _directory.Write("ttl", "00:00:09\n");
        _directory.Write(
            "authsidecar.json",
            """
            { "Listen": { "Check": "env:ADDRESS", "TrustNetwork": "env:FLAG" }, "Shutdown": { "DrainSeconds": "env:SECONDS" },
              "Auth": { "Mode": "env:MODE" }, "Cache": { "PositiveTtl": "file:ttl" } }
            """
        );

        var settings = _directory.LoadGood();

        Assert.Equal("http://127.0.0.1:1", settings.Listen.Check);
        Assert.True(settings.Listen.TrustNetwork);
        Assert.Equal(7, settings.Shutdown.DrainSeconds);
        Assert.Equal(TimeSpan.FromSeconds(9), settings.Cache.PositiveTtl);
    }

    [Fact]
    public void OverridesOfEverySource_CanBeReferences()
    {
        _directory.Environment["A"] = "one-of-the-secrets";
        _directory.Environment["AUTHSIDECAR_Auth__Peppers__0"] = "env:A";
        _directory.Overrides.Add("--Auth:Peppers:1=env:A");

        Assert.All(_directory.LoadGood().Auth.Peppers, pepper =>
            Assert.Equal(("one-of-the-secrets", SecretSource.Environment), (pepper.Reveal(), pepper.Source))
        );
        Assert.DoesNotContain(_directory.Load().Warnings, warning => warning.Contains("Peppers", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatAReferenceNames_IsNotAReferenceItself()
    {
        _directory.Environment["A"] = "env:B-of-the-secrets";
        _directory.Write("authsidecar.json", """{ "Auth": { "Peppers": ["env:A"] } }""");

        Assert.Equal("env:B-of-the-secrets", _directory.LoadGood().Auth.Peppers[0].Reveal());
    }

    [Fact]
    public void ReferenceToNothing_IsAnErrorForASecretOnly()
    {
        _directory.Environment["EMPTY"] = "";
        _directory.Write("empty", "\n");
        _directory.Write(
            "authsidecar.json",
            """{ "Auth": { "MasterKey": "env:EMPTY", "Peppers": ["file:empty"], "LegacyPepper": "" }, "Listen": { "Closer": "env:EMPTY" } }"""
        );

        Assert.Equal(
            ["Auth:MasterKey: env:EMPTY is empty, but must hold a secret", "Auth:Peppers:0: file:empty is empty, but must hold a secret"],
            _directory.Load().Errors
        );
    }

    [Fact]
    public void WrongValueBehindAReference_IsNotQuoted()
    {
        _directory.Environment["A"] = "Very secret";
        _directory.Write(
            "authsidecar.json",
            """
            { "Listen": { "Check": "env:A" }, "Auth": { "Mode": "env:A", "Enabled": "env:A" }, "Shutdown": { "DrainSeconds": "env:A" }, "Store": { "Provider": "env:A" },
              "Cache": { "PositiveTtl": "env:A" }, "Rules": [ { "Policy": "env:A", "Path": "env:A", "Host": "env:A", "Method": "env:A" } ] }
            """
        );

        var errors = _directory.Load().Errors;

        Assert.Equal(10, errors.Count);
        Assert.All(errors, error => Assert.Contains("the value of env:A", error, StringComparison.Ordinal));
        Assert.All(errors, error => Assert.DoesNotContain("Very secret", error, StringComparison.Ordinal));
    }

    [Fact]
    public void FileThatIsNoText_IsAnError()
    {
        var path = Path.Combine(_directory.Root, "binary");
        File.WriteAllBytes(path, [0xC3, 0x28]);
        _directory.Write("authsidecar.json", """{ "Auth": { "Peppers": ["file:binary"] } }""");

        Assert.Equal([$"Auth:Peppers:0: file {path} is not UTF-8 text"], _directory.Load().Errors);
    }

    [Fact]
    public void FileThatIsTooLarge_IsAnError()
    {
        var path = _directory.Write("large", new string('x', (1024 * 1024) + 1));
        _directory.Write("authsidecar.json", """{ "Auth": { "Peppers": ["file:large"] } }""");

        Assert.Equal([$"Auth:Peppers:0: file {path} is larger than 1 MiB"], _directory.Load().Errors);
    }

    [Fact]
    public void FileWithoutEnd_IsAnError()
    {
        _directory.Write("authsidecar.json", """{ "Auth": { "Peppers": ["file:/dev/zero"] } }""");

        Assert.Equal(["Auth:Peppers:0: file /dev/zero is larger than 1 MiB"], _directory.Load().Errors);
    }

    [Fact]
    public void SecretsInPlainText_AreWarnedOfOnceEachWithoutTheirValue()
    {
        _directory.Environment["AUTHSIDECAR_Providers__b__Credential"] = "from-environment";
        _directory.Overrides.Add("--Providers:c:Credential=very-secret-secret");
        _directory.Write(
            "authsidecar.json",
            """{ "Auth": { "Peppers": ["very-secret-secret", "very-secret-secret"], "MasterKey": "" }, "Providers": { "a": { "Credential": "very-secret-secret" } } }"""
        );

        var warnings = _directory.Load().Warnings.Where(warning => warning.Contains("plain text", StringComparison.Ordinal));

        Assert.Equal(
            [
                "Auth:Peppers:0: a secret in plain text; write env:NAME or file:PATH instead",
                "Auth:Peppers:1: a secret in plain text; write env:NAME or file:PATH instead",
                "Providers:a:Credential: a secret in plain text; write env:NAME or file:PATH instead",
                "Providers:c:Credential: a secret in plain text; write env:NAME or file:PATH instead",
            ],
            warnings
        );
    }

    [Theory]
    [InlineData("00:01:00")]
    [InlineData("00:00:00.150")]
    [InlineData("23:59:59.999")]
    [InlineData("00:00:30.0000001")]
    [InlineData("1.00:00:00")]
    public void ShownDurations_AreWhatWasWritten(string text)
    {
        _directory.Write("authsidecar.json", $$"""{ "Cache": { "PositiveTtl": "{{text}}" } }""");

        Assert.Contains($"\"PositiveTtl\": \"{text}\"", SettingsWriter.Write(_directory.LoadGood()), StringComparison.Ordinal);
    }

    [Fact]
    public void ShownSettings_HoldNoSecretAndLoadAgain()
    {
        _directory.Environment["KEY"] = "secret-of-environment";
        _directory.Write("key", "secret-of-the-file");
        _directory.Write(
            "authsidecar.json",
            """
            { "Auth": { "Peppers": ["env:KEY", "file:key", "secret-in-plain-text"], "MasterKey": "secret-in-plain-text", "LegacyPepper": "secret-in-plain-text", "ServiceCredentials": ["secret-in-plain-text"] },
              "Store": { "ConnectionString": "secret-in-plain-text" }, "Delegation": { "GatewayKeys": ["secret-in-plain-text"] },
              "Providers": { "p": { "Dialect": "azure-openai", "Credential": "secret-in-plain-text" } },
              "Policies": { "p": { "Provider": "p", "Limit": { "Window": "00:00:00.150" } } }, "Rules": [ { "Path": "/x", "Policy": "p" } ] }
            """
        );

        var settings = _directory.LoadGood();
        var shown = SettingsWriter.Write(settings);
        var again = SettingsDirectory.Load(shown.Replace("********", "****************", StringComparison.Ordinal));

        Assert.DoesNotContain("secret-", shown, StringComparison.Ordinal);
        Assert.Contains("\"Dialect\": \"azure-openai\"", shown, StringComparison.Ordinal);
        Assert.Equal(9, shown.Split("********").Length - 1);
        Assert.Empty(again.Errors);
        Assert.All(SettingsDiff.Changed(settings, again.Settings!), path => Assert.IsType<Secret>(SettingsDiff.Leaves(settings)[path]));
    }

    public void Dispose() => _directory.Dispose();
}
