using AuthSidecar.Upstream;

namespace AuthSidecar.Endpoints;

/// <summary>What a policy lets through of its provider's API.</summary>
internal sealed class EndpointRules(Dialect dialect)
{
    private readonly EndpointMap _map = EndpointMap.Of(dialect);

    /// <param name="method">As in <see cref="Endpoint.Method"/>.</param>
    /// <param name="path">Percent-decoded once, without query.</param>
    public EndpointMatch Find(string method, ReadOnlySpan<char> path) => _map.Find(method, path);
}
