using System.Security.Cryptography;
using AuthSidecar.Keys;

namespace AuthSidecar.Demo;

/// <summary>The secrets of one run, all made for it, and how they are shown.</summary>
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

    /// <summary>The central credentials: what the sidecar shows the providers.</summary>
    public string OpenAi { get; }

    public string Anthropic { get; }

    /// <summary>A provider credential that a caller brings along.</summary>
    public string Own { get; }

    public string GatewayKey { get; }

    public Masks Masks { get; } = new();

    /// <summary>What is between clients and the sidecar and must never reach an upstream.</summary>
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
