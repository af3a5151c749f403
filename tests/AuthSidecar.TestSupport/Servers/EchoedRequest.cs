using System.Text.Json.Serialization;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>A header line as it arrived. One character of the value is one byte (Latin-1).</summary>
internal sealed record EchoedHeader(string Name, string Value);

/// <summary>The request that an upstream received.</summary>
internal sealed record EchoedRequest(string Method, string Target, string Protocol, IReadOnlyList<EchoedHeader> Headers, string Body)
{
    /// <summary>Trailers after the body.</summary>
    [JsonIgnore]
    public IReadOnlyList<EchoedHeader> Trailers { get; init; } = [];

    [JsonIgnore]
    public string Path => Target.Split('?')[0];

    /// <summary>All values of a header, in order; empty when absent.</summary>
    public IReadOnlyList<string> Values(string name) =>
        [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];
}
