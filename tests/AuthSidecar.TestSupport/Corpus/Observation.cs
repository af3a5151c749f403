using AuthSidecar.Platform.Storage;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>A header line; one character of the value is one byte.</summary>
internal sealed record HeaderLine(string Name, string Value);

/// <summary>What a client got, or what Envoy was told to send it.</summary>
internal sealed record Answer(int Status, IReadOnlyList<HeaderLine> Headers, string Body)
{
    public IReadOnlyList<string> Values(string name) => Lines.Of(Headers, name);

    /// <summary>Every line of a header joined, or null.</summary>
    public string? Text(string name) => Lines.Join(Values(name));
}

/// <summary>What an upstream got, or would get.</summary>
internal sealed record Forwarded(string Method, string Target, IReadOnlyList<HeaderLine> Headers)
{
    public IReadOnlyList<string> Values(string name) => Lines.Of(Headers, name);

    /// <summary>Every line of a header joined, or null.</summary>
    public string? Text(string name) => Lines.Join(Values(name));
}

/// <summary>The outcome of one case at one transport.</summary>
internal sealed record Observation
{
    public required Transport Transport { get; init; }

    /// <summary>Of an allowed call at a Check transport: only what is added to the response.</summary>
    public required Answer Client { get; init; }

    /// <summary>Null: not called.</summary>
    public Forwarded? Upstream { get; init; }

    /// <summary>Code and reason of the close frame that was the first thing said on an opened socket.</summary>
    public (int Code, string Reason)? Closed { get; init; }

    /// <summary>What the closer would get; null when it is not called, or where a transport does not show it.</summary>
    public Forwarded? Closer { get; init; }

    /// <summary>Null where a transport does not show it.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The row that it leaves; null where a transport does not show it.</summary>
    public UsageRow? Row { get; init; }
}

internal static class Lines
{
    public static IReadOnlyList<string> Of(IEnumerable<HeaderLine> headers, string name) =>
        [.. headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    public static string? Join(IReadOnlyList<string> values) => values.Count == 0 ? null : string.Join(" | ", values);
}
