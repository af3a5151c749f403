using System.CommandLine;
using System.Text.Json;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Tests.Platform.Configuration;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class ConfigCommandTests : IDisposable
{
    private const string Warning = "Auth:Enabled: is false, so every request is denied with 503 bearer_auth_disabled";

    private readonly SettingsDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public void CheckOfAValidConfiguration_PrintsOkAndWarnings()
    {
        _directory.Write(
            "authsidecar.json",
            """{ "Auth": { "Enabled": false }, "Listen": { "Check": "unix:/run/authsidecar/check.sock" } }"""
        );

        Assert.Equal(0, Run("check"));
        Assert.Equal("OK\n", _output.ToString());
        Assert.Equal($"warning: {Warning}\n", _error.ToString());
    }

    [Theory]
    [InlineData("check")]
    [InlineData("show")]
    public void WrongConfiguration_PrintsEveryErrorOnALineAndExits78(string command)
    {
        _directory.Write("authsidecar.json", """{ "Policys": {}, "Auth": { "Mode": "x", "MasterKey": "a-very-secret-key" } }""");

        Assert.Equal(78, Run(command));
        Assert.Equal("", _output.ToString());
        Assert.Equal(
            "Policys: unknown; did you mean Policies?\nAuth:Mode: must be one of users, legacy, both, not \"x\"\n",
            _error.ToString()
        );
    }

    [Fact]
    public void CheckAsJson_IsOneDocument()
    {
        _directory.Write(
            "authsidecar.json",
            """{ "Auth": { "Enabled": false }, "Listen": { "Check": "unix:/run/authsidecar/check.sock" } }"""
        );

        Assert.Equal(0, Run("check", "--json"));

        using var document = JsonDocument.Parse(_output.ToString());
        Assert.True(document.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(Warning, document.RootElement.GetProperty("warnings")[0].GetString());
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public void WrongConfigurationAsJson_IsOneDocumentOnStandardError()
    {
        _directory.Write("authsidecar.json", """{ "A": 1, "B": 2 }""");

        Assert.Equal(78, Run("check", "--json"));

        using var document = JsonDocument.Parse(_error.ToString());
        Assert.Equal("invalid_configuration", document.RootElement.GetProperty("error").GetString());
        Assert.Equal("A: unknown; B: unknown", document.RootElement.GetProperty("message").GetString());
        Assert.Equal(2, document.RootElement.GetProperty("errors").GetArrayLength());
        Assert.Equal("", _output.ToString());
    }

    [Theory]
    [InlineData("show")]
    [InlineData("show", "--json")]
    public void Show_PrintsEffectiveSettingsMasked(params string[] words)
    {
        _directory.Write("authsidecar.json", """{ "Auth": { "MasterKey": "a-very-secret-key" } }""");
        _directory.Overrides.Add("--Shutdown:DrainSeconds=3");

        Assert.Equal(0, Run(words));

        using var document = JsonDocument.Parse(_output.ToString());
        Assert.Equal("********", document.RootElement.GetProperty("Auth").GetProperty("MasterKey").GetString());
        Assert.Equal("", document.RootElement.GetProperty("Auth").GetProperty("LegacyPepper").GetString());
        Assert.Equal(3, document.RootElement.GetProperty("Shutdown").GetProperty("DrainSeconds").GetInt32());
        Assert.Equal("fallback_local", document.RootElement.GetProperty("Limits").GetProperty("WhenRedisIsDown").GetString());
        Assert.DoesNotContain("a-very-secret-key", _output.ToString() + _error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    private int Run(params string[] words) =>
        new RootCommand { CommandLine.Json, ConfigCommand.Create(_directory.Source) }
            .Parse(["config", .. words])
            .Invoke(new InvocationConfiguration { Output = _output, Error = _error });
}
