using AuthSidecar.Decisions.Routes;

namespace AuthSidecar.Decisions.Providers;

/// <summary>What a policy lets through of its provider's API.</summary>
/// <param name="dialect">Whose table counts.</param>
/// <param name="isOpen">Everything passes.</param>
/// <param name="paths">Further paths that pass, with any method.</param>
/// <param name="methods">Further methods that pass on the paths of the table.</param>
internal sealed class EndpointRules(Dialect dialect, bool isOpen, IReadOnlyList<RouteTemplate> paths, IReadOnlyList<string> methods)
{
    private const string Head = "HEAD";

    private readonly EndpointMap _map = EndpointMap.Of(dialect);
    private readonly RouteTemplate[] _paths = [.. paths];

    /// <param name="method">As in <see cref="ProviderEndpoint.Method"/>.</param>
    /// <param name="path">Percent-decoded once, without query.</param>
    public EndpointMatch Find(string method, ReadOnlySpan<char> path) => _map.Find(method, path);

    /// <summary>Whether a request passes.</summary>
    /// <param name="match">What was found of it.</param>
    /// <param name="method">As in <see cref="ProviderEndpoint.Method"/>.</param>
    /// <param name="path">Percent-decoded once, without query.</param>
    /// <param name="allowed">When it does not pass: the methods that pass on this path; null: none does.</param>
    public bool Passes(in EndpointMatch match, string method, ReadOnlySpan<char> path, out IEnumerable<string>? allowed)
    {
        allowed = null;
        if (isOpen || match.Endpoint is { IsInference: true } || IsFurther(path))
        {
            return true;
        }

        if (match.Node is not { } node || !node.Endpoints.Exists(endpoint => endpoint.IsInference))
        {
            return false;
        }

        if (method == Head || methods.Contains(method))
        {
            return true;
        }

        allowed = Methods(node);
        return false;
    }

    private bool IsFurther(ReadOnlySpan<char> path)
    {
        foreach (var template in _paths)
        {
            if (template.IsMatch(path))
            {
                return true;
            }
        }

        return false;
    }

    // A plain GET where a WebSocket is opened may list what the account has stored there, so it is none of them.
    private IEnumerable<string> Methods(EndpointNode node) =>
        node
            .Endpoints.Where(endpoint => endpoint.IsInference && endpoint.Method != ProviderEndpoint.WebSocket)
            .Select(endpoint => endpoint.Method)
            .Append(Head)
            .Concat(methods);
}
