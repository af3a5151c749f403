using System.Text.Json;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>A file of tests/Cases as it is written: what its rows have in common, and the rows.</summary>
internal sealed record CaseFile : CaseRow
{
    public IReadOnlyList<CaseRow>? Rows { get; init; }
}

/// <summary>One case, or what a row changes in its file's base.</summary>
internal record CaseRow
{
    public string? Name { get; init; }

    /// <summary>One sentence with its source.</summary>
    public string? Why { get; init; }

    public Given? Given { get; init; }
    public RequestText? Request { get; init; }

    /// <summary>The refusal; without one the request is allowed.</summary>
    public ExpectedAnswer? Client { get; init; }

    /// <summary>An <see cref="ExpectedCaller"/>, or null for nobody; not written: see the README.</summary>
    public JsonElement Caller { get; init; }

    public ExpectedUpstream? Upstream { get; init; }

    /// <summary>Dynamic metadata that must be exactly so.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Columns of the row that it leaves, by their names in <c>usage rows</c>; null: unknown.</summary>
    public IReadOnlyDictionary<string, string?>? Row { get; init; }

    /// <summary>Transports at which another outcome is right, by name.</summary>
    public IReadOnlyDictionary<string, TransportDifference>? Transports { get; init; }
}

/// <summary>What is so before the request comes: the route, the connection, the configuration.</summary>
internal sealed record Given
{
    /// <summary>The policy that the route names.</summary>
    public string? Policy { get; init; }

    /// <summary>The route's whole context extensions, where they are not just a policy.</summary>
    public IReadOnlyDictionary<string, string>? Extensions { get; init; }

    /// <summary>NAME of settings.NAME.json; settings.json itself is main.</summary>
    public string Settings { get; init; } = "main";

    /// <summary>The route says that its default is the closer.</summary>
    public bool Closer { get; init; }

    /// <summary>How often the same request was made before, whatever became of it.</summary>
    public int Before { get; init; }

    /// <summary>Principal of the peer's certificate.</summary>
    public string Principal { get; init; } = "";
}

/// <summary>What the client sends. \xNN in a value is one byte, {…} is a word of the vocabulary.</summary>
internal sealed record RequestText
{
    public string? Method { get; init; }
    public string? Target { get; init; }
    public string? Authority { get; init; }
    public string? Version { get; init; }
    public IReadOnlyList<IReadOnlyList<string>>? Headers { get; init; }

    /// <summary>Headers behind those of the base.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Add { get; init; }

    /// <summary>One character a byte; null: none.</summary>
    public string? Body { get; init; }
}

/// <summary>Why and how a transport differs.</summary>
internal sealed record TransportDifference
{
    public required string Why { get; init; }

    /// <summary>The transport cannot express the case.</summary>
    public bool Skip { get; init; }

    /// <summary>First Envoy release that differs.</summary>
    public string? From { get; init; }

    public ExpectedAnswer? Client { get; init; }
    public JsonElement Caller { get; init; }
    public ExpectedUpstream? Upstream { get; init; }
}
