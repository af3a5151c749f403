using AuthSidecar.Platform.Storage;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>A header line; one character of the value is one byte.</summary>
internal sealed record HeaderLine(string Name, string Value);

/// <summary>The response that a client received, or that Envoy was instructed to send.</summary>
internal sealed record Answer(int Status, IReadOnlyList<HeaderLine> Headers, string Body)
{
    public IReadOnlyList<string> Values(string name) => Lines.Of(Headers, name);

    /// <summary>All lines of a header joined, or null.</summary>
    public string? Text(string name) => Lines.Join(Values(name));
}

/// <summary>The request that an upstream received, or would receive.</summary>
internal sealed record Forwarded(string Method, string Target, IReadOnlyList<HeaderLine> Headers)
{
    public IReadOnlyList<string> Values(string name) => Lines.Of(Headers, name);

    /// <summary>All lines of a header joined, or null.</summary>
    public string? Text(string name) => Lines.Join(Values(name));
}

/// <summary>The outcome of one case at one transport.</summary>
internal sealed record Observation
{
    public required Transport Transport { get; init; }

    /// <summary>For an allowed call at a Check transport: only the headers added to the response.</summary>
    public required Answer Client { get; init; }

    /// <summary>Null: the upstream was not called.</summary>
    public Forwarded? Upstream { get; init; }

    /// <summary>Code and reason of the close frame that was the first frame on an opened WebSocket.</summary>
    public (int Code, string Reason)? Closed { get; init; }

    /// <summary>The request that the closer would receive; null when it is not called or not observable at the transport.</summary>
    public Forwarded? Closer { get; init; }

    /// <summary>Null when not observable at the transport.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The usage row; null when not observable at the transport.</summary>
    public UsageRow? Row { get; init; }
}

internal static class Lines
{
    public static IReadOnlyList<string> Of(IEnumerable<HeaderLine> headers, string name) =>
        [.. headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    public static string? Join(IReadOnlyList<string> values) => values.Count == 0 ? null : string.Join(" | ", values);
}
