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
    public required string User { get; init; }
    public IReadOnlyList<string> Scopes { get; init; } = [];
    public string? Expires { get; init; }
    public string Subject { get; init; } = "account";
    public bool Revoked { get; init; }
}

/// <summary>People as one store knows them.</summary>
internal sealed record Cast(People People, IReadOnlyDictionary<string, string> UserIds, IReadOnlyDictionary<string, IssuedToken> Keys);

internal sealed record IssuedToken(string Id, string Token);
