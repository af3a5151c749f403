using System.Text.Json;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>A file of tests/Cases: the common base of its rows, and the rows.</summary>
internal sealed record CaseFile : CaseRow
{
    public IReadOnlyList<CaseRow>? Rows { get; init; }
}

/// <summary>One case, or the changes of a row to the base of its file.</summary>
internal record CaseRow
{
    public string? Name { get; init; }

    /// <summary>One sentence with its source.</summary>
    public string? Why { get; init; }

    public Given? Given { get; init; }
    public RequestText? Request { get; init; }

    /// <summary>The refusal; null: the request is allowed.</summary>
    public ExpectedAnswer? Client { get; init; }

    /// <summary>An <see cref="ExpectedCaller"/>, or null for an anonymous request; for an absent member see the README.</summary>
    public JsonElement Caller { get; init; }

    public ExpectedUpstream? Upstream { get; init; }

    /// <summary>Exact values of dynamic metadata.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Expected columns of the usage row, by their names in <c>usage rows</c>; null: unknown.</summary>
    public IReadOnlyDictionary<string, string?>? Row { get; init; }

    /// <summary>Transports with a different outcome, by name.</summary>
    public IReadOnlyDictionary<string, TransportDifference>? Transports { get; init; }
}

/// <summary>The state before the request: the route, the connection, the configuration.</summary>
internal sealed record Given
{
    /// <summary>The policy that the route names.</summary>
    public string? Policy { get; init; }

    /// <summary>The route's complete context extensions, when they are more than a policy.</summary>
    public IReadOnlyDictionary<string, string>? Extensions { get; init; }

    /// <summary>NAME of settings.NAME.json; main: settings.json itself.</summary>
    public string Settings { get; init; } = "main";

    /// <summary>The route's default is the closer.</summary>
    public bool Closer { get; init; }

    /// <summary>How many times the same request is sent before, with any outcome.</summary>
    public int Before { get; init; }

    /// <summary>Principal of the peer's certificate.</summary>
    public string Principal { get; init; } = "";
}

/// <summary>The client's request. \xNN in a value is one byte, {…} a placeholder of the vocabulary.</summary>
internal sealed record RequestText
{
    public string? Method { get; init; }
    public string? Target { get; init; }
    public string? Authority { get; init; }
    public string? Version { get; init; }
    public IReadOnlyList<IReadOnlyList<string>>? Headers { get; init; }

    /// <summary>Headers appended to those of the base.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Add { get; init; }

    /// <summary>One character is one byte; null: no body.</summary>
    public string? Body { get; init; }
}

/// <summary>Reason and outcome of a transport's exception.</summary>
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
