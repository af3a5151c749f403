using System.Globalization;
using System.Text.RegularExpressions;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Policies;

/// <summary>
/// An entry of a key's list of models: a glob, then, after a colon, its limits, such as <c>gpt-5*:tokens=50000/60s,permits=10/60s</c> and
/// <c>o3:parallel=2</c>. 0 lifts the policy's limit of the model.
/// </summary>
internal static partial class ModelLimitText
{
    private static readonly TimeSpan _shortestWindow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestWindow = TimeSpan.FromDays(30);

    /// <returns>False: what follows the last colon begins like a limit and is none.</returns>
    public static bool TryRead(string entry, out ModelLimit limit)
    {
        if (LimitsForm().Match(entry) is not { Success: true } match)
        {
            limit = new(entry);
            return true;
        }

        limit = new(entry[..match.Index]);
        foreach (var part in match.Groups[1].Value.Split(','))
        {
            if (With(limit, part) is not { } next)
            {
                return false;
            }

            limit = next;
        }

        return limit.Glob.Length > 0;
    }

    // Null: malformed, or given before.
    private static ModelLimit? With(ModelLimit limit, string part) =>
        part.Split('=') switch
        {
            ["permits", var text] when limit.Permits is null && Counted(text, int.MaxValue) is (var count, var window) => limit with
            {
                Permits = (int)count,
                Window = window,
            },
            ["tokens", var text] when limit.Tokens is null && Counted(text, long.MaxValue) is (var count, var window) => limit with
            {
                Tokens = count,
                TokenWindow = window,
            },
            ["parallel", var text] when limit.Parallel is null && Number(text, int.MaxValue) is { } count => limit with
            {
                Parallel = (int)count,
            },
            _ => null,
        };

    private static (long Count, TimeSpan Window)? Counted(string text, long most) =>
        text.Split('/') is [var number, var span]
        && Number(number, most) is { } count
        && Durations.TryParse(span, out var window)
        && window >= _shortestWindow
        && window <= _longestWindow
            ? (count, window)
            : null;

    private static long? Number(string text, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number : null;

    [GeneratedRegex(@":((?:permits|tokens|parallel)=[^:]*)\z")]
    private static partial Regex LimitsForm();
}

/// <summary>The models that a key may use.</summary>
/// <param name="Globs">Empty: all.</param>
/// <param name="Limits">Null: no glob has one.</param>
internal sealed record KeyModels(IReadOnlyList<string> Globs, ModelLimits? Limits)
{
    /// <param name="entries">Entries as in <see cref="ModelLimitText"/>; a malformed one is a glob.</param>
    public static KeyModels Of(IEnumerable<string> entries)
    {
        var limits = entries.Select(entry => ModelLimitText.TryRead(entry, out var limit) ? limit : new(entry)).ToList();
        return new([.. limits.Select(limit => limit.Glob)], ModelLimits.Of(limits));
    }
}
