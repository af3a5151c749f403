using AuthSidecar.Administration.Settings;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class SampleTests
{
    [Fact]
    public void Sample_LoadsWhenItsVariablesAreSet()
    {
        using var directory = new SettingsDirectory { ConfigFile = Repository.File("src", "AuthSidecar", "authsidecar.json") };
        foreach (var name in new[] { "COMPANION_CREDENTIAL", "GATEWAY_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY" })
        {
            directory.Environment[name] = $"the secret {name}";
        }

        var settings = directory.LoadGood();

        Assert.StartsWith("Listen:CheckSecrets: is empty", Assert.Single(directory.Load().Warnings), StringComparison.Ordinal);
        Assert.Equal("anthropic", new Snapshot(settings, []).Policies.Match("api.example.com", "POST", "/v1/messages")?.Name);
        Assert.Equal("openai", new Snapshot(settings, []).Policies.Match("api.example.com", "POST", "/v1/responses")?.Name);
    }

    [Fact]
    public void ConfigurationBesideEnvoys_LoadsWhenItsVariablesAreSet()
    {
        using var directory = new SettingsDirectory { ConfigFile = Repository.File("envoy", "authsidecar.json") };
        directory.Environment["OPENAI_API_KEY"] = "sk-1";
        directory.Environment["ANTHROPIC_API_KEY"] = "sk-ant-1";

        directory.LoadGood();
    }

    [Fact]
    public void Sample_WithoutItsVariables_NamesEachOfThem()
    {
        using var directory = new SettingsDirectory { ConfigFile = Repository.File("src", "AuthSidecar", "authsidecar.json") };

        Assert.Equal(
            [
                "Auth:ServiceCredentials:0: environment variable COMPANION_CREDENTIAL is not set",
                "Delegation:GatewayKeys:0: environment variable GATEWAY_KEY is not set",
                "Providers:openai:Credential: environment variable OPENAI_API_KEY is not set",
                "Providers:anthropic:Credential: environment variable ANTHROPIC_API_KEY is not set",
            ],
            directory.Load().Errors
        );
    }
}
