using System.Security.Cryptography;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Demo.Workspace;

/// <summary>The secrets generated for one run, and their masks.</summary>
internal sealed class DemoSecrets
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int Length = 24;
    private readonly List<string> _ours = [];

    public DemoSecrets()
    {
        OpenAi = Make("demo-openai-");
        Anthropic = Make("demo-anthropic-");
        Own = Make("sk-proj-own-");
        GatewayKey = Make("demo-gateway-");
        _ours.Add(GatewayKey);
    }

    /// <summary>The central provider credentials, which the sidecar sends.</summary>
    public string OpenAi { get; }

    public string Anthropic { get; }

    /// <summary>A caller's own provider credential (BYOK).</summary>
    public string Own { get; }

    public string GatewayKey { get; }

    public SecretMasks Masks { get; } = new();

    /// <summary>Credentials between clients and the sidecar, which must never reach an upstream.</summary>
    public IReadOnlyList<string> Ours => _ours;

    public string AddToken(string token)
    {
        _ours.Add(token);
        Masks.Add(token, $"ask_{KeyToken.IdOf(token)}_****");
        return token;
    }

    private string Make(string prefix)
    {
        var secret = prefix + RandomNumberGenerator.GetString(Letters, Length);
        Masks.Add(secret, prefix + "****");
        return secret;
    }
}
