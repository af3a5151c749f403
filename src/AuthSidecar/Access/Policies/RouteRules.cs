using System.Buffers;
using AuthSidecar.Decisions.Routes;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.Policies;

/// <summary>Checks that an entry of <c>Rules</c> can match a request and names a policy.</summary>
internal static class RouteRules
{
    private static readonly SearchValues<char> _hostCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._[]:");
    private static readonly SearchValues<char> _methodCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    /// <param name="path">Configuration path of the rule.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="policies">The names in <c>Policies</c>.</param>
    /// <param name="problems">Receives the errors.</param>
    public static void Check(string path, RuleOptions rule, IReadOnlyCollection<string> policies, ConfigurationErrors problems)
    {
        if (!policies.Contains(rule.Policy))
        {
            problems.Error(
                $"{path}:Policy",
                rule.Policy.Length == 0
                    ? "must name one of Policies"
                    : $"no policy is named {problems.Quote(rule.Policy)}{NearestName.Hint(rule.Policy, policies)}"
            );
        }

        if (
            rule.Host != Rule.Any
            && (
                rule.Host.Length == 0
                || rule.Host.AsSpan().ContainsAnyExcept(_hostCharacters)
                || !HostName.Of(rule.Host).SequenceEqual(rule.Host)
            )
        )
        {
            problems.Error(
                $"{path}:Host",
                "must be one whole host in lower case without scheme, port and final dot (IPv6 in brackets), or *, not "
                    + $"{problems.Quote(rule.Host)}"
            );
        }

        if (rule.Method != Rule.Any && (rule.Method.Length == 0 || rule.Method.AsSpan().ContainsAnyExcept(_methodCharacters)))
        {
            problems.Error($"{path}:Method", $"must be one method in upper case, or *, not {problems.Quote(rule.Method)}");
        }

        if (!RouteTemplate.TryParse(rule.Path, out _, out var error))
        {
            problems.Error($"{path}:Path", $"{problems.Quote(rule.Path)} is not a route template: {error}");
        }
        else if (rule.Path.Contains(';', StringComparison.Ordinal))
        {
            problems.Error(
                $"{path}:Path",
                $"{problems.Quote(rule.Path)} has a \";\": rules match paths without the parameters of segments"
            );
        }
    }
}
