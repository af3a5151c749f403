namespace AuthSidecar.TestSupport.Corpus;

/// <summary>people.json: the owners of the keys that cases name.</summary>
internal sealed record People
{
    public required IReadOnlyDictionary<string, PersonText> Users { get; init; }
    public required IReadOnlyDictionary<string, KeyText> Keys { get; init; }
    public required IReadOnlyList<string> Tenants { get; init; }
    public required IReadOnlyDictionary<string, AppText> Apps { get; init; }

    /// <summary>Users by tenant.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Members { get; init; }

    /// <summary>Users by group.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; init; }

    public required BudgetTexts Budgets { get; init; }
}

internal sealed record AppText
{
    public required string Tenant { get; init; }
    public string? Mode { get; init; }
    public string Status { get; init; } = "normal";
}

/// <summary>Budgets in millionths of a US dollar by user, group (per member, and shared), key and JWT.</summary>
internal sealed record BudgetTexts
{
    public required IReadOnlyDictionary<string, long> Users { get; init; }
    public required IReadOnlyDictionary<string, long> Groups { get; init; }

    /// <summary>Shared budgets of groups.</summary>
    public required IReadOnlyDictionary<string, long> Shared { get; init; }

    /// <summary>Budgets by the names of JWTs.</summary>
    public required IReadOnlyDictionary<string, long> Jwts { get; init; }
    public required IReadOnlyDictionary<string, long> Keys { get; init; }
}

internal sealed record PersonText
{
    public required string Name { get; init; }
    public string Status { get; init; } = "active";
    public bool System { get; init; }
}

internal sealed record KeyText
{
    /// <summary>ask, aso, ase, coder, litellm, legacy, or master (the key in the settings).</summary>
    public string Kind { get; init; } = "ask";

    public string User { get; init; } = "";

    /// <summary>The key that this one replaces, with an hour of grace.</summary>
    public string? Rotates { get; init; }

    /// <summary>An imported key's token.</summary>
    public string Token { get; init; } = "";

    /// <summary>Issuer and subject of an external identity.</summary>
    public IReadOnlyList<string> External { get; init; } = [];

    public IReadOnlyList<string> Scopes { get; init; } = [];
    public string? Expires { get; init; }
    public string Subject { get; init; } = "account";
    public bool Revoked { get; init; }
    public string? Tenant { get; init; }
    public IReadOnlyList<string> Models { get; init; } = [];
}

/// <summary>The accounts and keys of people.json in one store.</summary>
internal sealed record SeedData(People People, IReadOnlyDictionary<string, string> UserIds, IReadOnlyDictionary<string, IssuedToken> Keys);

internal sealed record IssuedToken(string Id, string Token);
