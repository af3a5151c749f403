using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Routes;

namespace AuthSidecar.Access.Policies;

/// <summary>One entry of <c>Rules</c>, compiled.</summary>
internal sealed class Rule(string host, string method, RouteTemplate path, Policy policy)
{
    public const string Any = "*";

    public Policy Policy => policy;

    public static Rule Compile(RuleOptions options, Policy policy) =>
        RouteTemplate.TryParse(options.Path, out var path, out var error)
            ? new(options.Host, options.Method, path, policy)
            : throw new ArgumentException(error, nameof(options));

    public bool IsMatch(ReadOnlySpan<char> requestHost, string requestMethod, ReadOnlySpan<char> requestPath) =>
        (host == Any || requestHost.Equals(host, StringComparison.OrdinalIgnoreCase))
        && (method == Any || method == requestMethod)
        && path.IsMatch(requestPath);
}
