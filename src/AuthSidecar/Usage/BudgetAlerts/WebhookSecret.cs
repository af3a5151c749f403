using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Usage.BudgetAlerts;

/// <summary>Signs messages as Standard Webhooks does (https://www.standardwebhooks.com).</summary>
internal static class WebhookSecret
{
    private const string Prefix = "whsec_";
    private const int LeastBytes = 24;
    private const int MostBytes = 64;

    /// <returns>Null: not <c>whsec_</c> and 24 to 64 bytes in Base64.</returns>
    public static byte[]? KeyOf(Secret secret)
    {
        var text = secret.Reveal();
        var key = new byte[text.Length];
        return
            text.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(text[Prefix.Length..], key, out var length)
            && length is >= LeastBytes and <= MostBytes
            ? key[..length]
            : null;
    }

    /// <summary>The header <c>webhook-signature</c>.</summary>
    /// <param name="key">The secret's bytes.</param>
    /// <param name="id">The header <c>webhook-id</c>.</param>
    /// <param name="timestamp">The header <c>webhook-timestamp</c>: seconds since 1970.</param>
    /// <param name="body">The message.</param>
    public static string Sign(byte[] key, string id, string timestamp, byte[] body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}";
    }
}
