using System.Globalization;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>Denials that name the limit: its number, window and owner.</summary>
internal static class LimitRefusals
{
    /// <param name="answer">A denied answer.</param>
    /// <param name="bucket">The full bucket; null: unknown.</param>
    public static Denial Of(LimitAnswer answer, Bucket? bucket)
    {
        var denial = Denials.RateLimited with { RetryAfter = answer.RetryAfter };
        if (bucket is not { } full)
        {
            return denial;
        }

        var limit = string.Create(CultureInfo.InvariantCulture, $"{full.Permits} in {full.Window.TotalSeconds:0.###} s");
        return denial with
        {
            Message = $"Too many requests: the limit is {limit} for {full.Name.Each}.",
            Detail = $"limit {limit} for {full.Name.Detail}",
        };
    }
}
