using AuthSidecar.Decisions.Routes;

namespace AuthSidecar.Decisions.Providers;

/// <summary>The endpoints of its provider that a policy allows.</summary>
/// <param name="dialect">Dialect of the provider.</param>
/// <param name="isOpen">True: all endpoints are allowed.</param>
/// <param name="paths">Additional allowed paths, with any method.</param>
/// <param name="methods">Additional allowed methods on the paths of the table.</param>
internal sealed class EndpointRules(Dialect dialect, bool isOpen, IReadOnlyList<RouteTemplate> paths, IReadOnlyList<string> methods)
{
    private const string Head = "HEAD";

    private readonly EndpointMap _map = EndpointMap.Of(dialect);
    private readonly RouteTemplate[] _paths = [.. paths];

    /// <param name="method">As in <see cref="ProviderEndpoint.Method"/>.</param>
    /// <param name="path">Percent-decoded once, without query.</param>
    public EndpointMatch Find(string method, ReadOnlySpan<char> path) => _map.Find(method, path);

    /// <summary>True when the request is allowed.</summary>
    /// <param name="match">Result of <see cref="Find"/>.</param>
    /// <param name="method">As in <see cref="ProviderEndpoint.Method"/>.</param>
    /// <param name="path">Percent-decoded once, without query.</param>
    /// <param name="allowed">For a rejected method: the allowed methods of the path; null: the path is not allowed.</param>
    public bool Allows(in EndpointMatch match, string method, ReadOnlySpan<char> path, out IEnumerable<string>? allowed)
    {
        allowed = null;
        if (isOpen || match.Endpoint is { IsInference: true } || IsAdditional(path))
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

    private bool IsAdditional(ReadOnlySpan<char> path)
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

    // WebSocket is not a method, and a plain GET on such a path may list the account's stored objects, so neither is offered.
    private IEnumerable<string> Methods(EndpointNode node) =>
        node
            .Endpoints.Where(endpoint => endpoint.IsInference && endpoint.Method != ProviderEndpoint.WebSocket)
            .Select(endpoint => endpoint.Method)
            .Append(Head)
            .Concat(methods);
}
