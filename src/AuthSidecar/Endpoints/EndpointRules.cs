using AuthSidecar.Pipeline;
using AuthSidecar.Policies;
using AuthSidecar.Upstream;

namespace AuthSidecar.Endpoints;

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

    /// <param name="method">As in <see cref="Endpoint.Method"/>.</param>
    /// <param name="path">Percent-decoded once, without query.</param>
    public EndpointMatch Find(string method, ReadOnlySpan<char> path) => _map.Find(method, path);

    /// <summary>Why a request does not pass, or null.</summary>
    /// <param name="match">What was found of it.</param>
    /// <param name="method">As in <see cref="Endpoint.Method"/>.</param>
    /// <param name="path">Percent-decoded once, without query.</param>
    public Denial? Refuse(in EndpointMatch match, string method, ReadOnlySpan<char> path)
    {
        if (isOpen || match.Endpoint is { IsInference: true } || IsFurther(path))
        {
            return null;
        }

        if (match.Node is not { } node || !node.Endpoints.Exists(endpoint => endpoint.IsInference))
        {
            return Denials.PathNotAllowed;
        }

        return method == Head || methods.Contains(method) ? null : MethodDenial.With(Methods(node));
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
        node.Endpoints.Where(endpoint => endpoint.IsInference && endpoint.Method != Endpoint.WebSocket).Select(endpoint => endpoint.Method).Append(Head).Concat(methods);
}
