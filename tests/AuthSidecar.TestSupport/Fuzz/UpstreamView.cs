using Envoy.Service.Auth.V3;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>The request that Envoy would forward: overwrites applied, then removals.</summary>
internal sealed record UpstreamView(IReadOnlyList<(string Name, string Value, bool IsOurs)> Headers)
{
    public IEnumerable<string> Subprotocols =>
        Headers
            .Where(header => header.Name == "sec-websocket-protocol")
            .SelectMany(header => header.Value.Split(','))
            .Select(entry => entry.Trim());

    /// <summary>The query's parameters, percent-decoded.</summary>
    public IEnumerable<(string Name, string Value)> Parameters(FuzzRequest request)
    {
        var target = Headers.FirstOrDefault(header => header.Name == ":path").Value ?? request.Target;
        return target
            .Split('?', 2)
            .Skip(1)
            .SelectMany(query => query.Split('&'))
            .Select(parameter => parameter.Split('=', 2))
            .Select(pair => (Uri.UnescapeDataString(pair[0]), Uri.UnescapeDataString(pair.Length > 1 ? pair[1] : "")));
    }

    public static UpstreamView Of(FuzzRequest request, OkHttpResponse ok)
    {
        var set = ok.Headers.Select(option => (Name: option.Header.Key, option.Header.Value, IsOurs: true)).ToList();
        var gone = set.Select(header => header.Name).Concat(ok.HeadersToRemove.Select(name => name.ToLowerInvariant())).ToHashSet();
        var kept = request
            .Headers.Select(header => (Name: header.Name.ToLowerInvariant(), header.Value, IsOurs: false))
            .Where(header => !gone.Contains(header.Name));
        return new([.. kept, .. set.Where(header => !ok.HeadersToRemove.Contains(header.Name))]);
    }
}
