using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Tests.Platform.Configuration;

/// <summary>The documented example, key by key.</summary>
public sealed class ContractTests : IDisposable
{
    private readonly SettingsDirectory _directory = new()
    {
        Environment =
        {
            ["GATEWAY_KEY"] = "gateway-key-for-tests",
            ["OPENAI_API_KEY"] = "sk-1",
            ["ANTHROPIC_API_KEY"] = "sk-ant-1",
        },
    };

    [Fact]
    public void DocumentedExample_LoadsWithoutAWarningButOfItsOpenListener()
    {
        var result = Load();

        Assert.Empty(result.Errors);
        Assert.StartsWith("Listen:CheckSecrets: is empty", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void DocumentedExample_IsReadWhole()
    {
        var settings = Load().Settings!;

        Assert.Equal("companion-of-the-mesh", Assert.Single(settings.Auth.ServiceCredentials).Reveal());
        Assert.Equal(SecretSource.File, settings.Auth.ServiceCredentials[0].Source);
        Assert.Equal("gateway-key-for-tests", Assert.Single(settings.Delegation.GatewayKeys).Reveal());
        Assert.Equal("sk-ant-1", settings.Providers["anthropic"].Credential!.Reveal());
        Assert.Equal(["llm:invoke"], settings.Policies["openai"].Scopes);
        Assert.Equal(TimeSpan.FromMinutes(1), settings.Policies["openai"].Limit!.Window);
        Assert.Null(settings.Policies["openai"].MaxStreamDuration);
        Assert.Equal("/v1/{**rest}", Assert.Single(settings.Rules).Path);
        Assert.Null(settings.Store.ConnectionString);
        Assert.Equal(["llm"], Assert.Single(settings.Jwt).Audiences);
    }

    [Fact]
    public void DocumentedExample_HoldsTheDefaults()
    {
        string[] examples =
        [
            "Auth:ServiceCredentials",
            "Console",
            "DataDirectory",
            "Delegation:GatewayKeys",
            "Device:Clients",
            "Device:Networks",
            "Login",
            "Jwt",
            "Providers",
            "Policies",
            "Rules",
            "Usage:BudgetWebhook",
        ];

        var differing = SettingsDiff.Changed(new SidecarSettings(), Load().Settings!);

        Assert.All(differing, path => Assert.Contains(examples, example => path.StartsWith(example, StringComparison.Ordinal)));
    }

    [Fact]
    public void DocumentedExample_NamesEveryKey()
    {
        var root = JsonSource.Read("x", Example(), new ConfigurationErrors());

        var missing = SettingsTable.Keys().Select(entry => entry.Path).Where(path => !Has(root, path.Split(':')));

        Assert.Empty(missing);
    }

    public void Dispose() => _directory.Dispose();

    private static bool Has(ConfigNode node, ReadOnlySpan<string> names) =>
        names switch
        {
            [] => true,
            ["N", .. var below] => Has(node.Items[0], below),
            ["NAME", .. var below] => Has(node.Members.Values.First(), below),
            [var name, .. var below] => node.Members.TryGetValue(name, out var member) && Has(member, below),
        };

    private SettingsResult Load()
    {
        _directory.Write("authsidecar.json", Example());
        return _directory.Load();
    }

    private string Example()
    {
        using var reader = new StreamReader(typeof(ContractTests).Assembly.GetManifestResourceStream("contract.jsonc")!);
        return reader
            .ReadToEnd()
            .Replace(
                "/run/secrets/webhook",
                _directory.Write("webhook", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n"),
                StringComparison.Ordinal
            )
            .Replace("/run/secrets/companion", _directory.Write("companion", "companion-of-the-mesh\n"), StringComparison.Ordinal);
    }
}
