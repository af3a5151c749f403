using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pricing;

namespace AuthSidecar.Usage.TokenLimits;

/// <summary>Replaces the estimate of each request by the provider's count, once its row is committed.</summary>
internal sealed class TokenSettlement(ITokenWindows windows)
{
    /// <summary>Never throws.</summary>
    public void Settle(IEnumerable<UsageRow> rows)
    {
        var counts = rows.Where(row => row is { Provider: not null, Decision: "allow" } && row.Facts.HasFlag(UsageFacts.HasUsage))
            .Select(row => (row.DecisionId, CountOf(row)))
            .ToList();
        if (counts.Count > 0)
        {
            windows.Settle(counts);
        }
    }

    /// <summary>Prompt, cached parts of it, answer and reasoning, each once.</summary>
    private static long CountOf(UsageRow row)
    {
        var tokens = ChargedTokens.Of(row);
        return tokens.Input + tokens.CachedRead + tokens.CachedWrite + tokens.Output + tokens.Reasoning;
    }
}
