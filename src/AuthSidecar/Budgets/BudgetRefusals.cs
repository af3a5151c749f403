using System.Globalization;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Budgets;

internal static class BudgetRefusals
{
    /// <param name="limitMicros">What is spent.</param>
    public static Denial Exceeded(long limitMicros) => Denials.BudgetExceeded with { Plain = Text(limitMicros) };

    // Coder's text, which its clients look for.
    private static string Text(long limitMicros) => string.Create(
        CultureInfo.InvariantCulture,
        $"AI budget of US${limitMicros / 1_000_000m:F2} exceeded. Please contact an administrator for more details.");
}
