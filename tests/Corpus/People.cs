namespace AuthSidecar.Corpus;

/// <summary>people.json: whose keys the cases name.</summary>
internal sealed record People
{
    public required IReadOnlyDictionary<string, PersonText> Users { get; init; }
    public required IReadOnlyDictionary<string, KeyText> Keys { get; init; }
}

internal sealed record PersonText
{
    public required string Name { get; init; }
    public string Status { get; init; } = "active";
    public bool System { get; init; }
}

internal sealed record KeyText
{
    /// <summary>ask, aso, ase, coder, litellm, legacy, or master, which stands in the settings.</summary>
    public string Kind { get; init; } = "ask";

    public string User { get; init; } = "";

    /// <summary>An imported key's token.</summary>
    public string Token { get; init; } = "";

    /// <summary>Issuer and subject of an external identity.</summary>
    public IReadOnlyList<string> External { get; init; } = [];

    public IReadOnlyList<string> Scopes { get; init; } = [];
    public string? Expires { get; init; }
    public string Subject { get; init; } = "account";
    public bool Revoked { get; init; }
}

/// <summary>People as one store knows them.</summary>
internal sealed record Cast(People People, IReadOnlyDictionary<string, string> UserIds, IReadOnlyDictionary<string, IssuedToken> Keys);

internal sealed record IssuedToken(string Id, string Token);
