using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys;

/// <summary>A person known only to an external identity provider.</summary>
internal sealed record ExternalIdentity(string Issuer, string Subject)
{
    /// <summary>The form that keys, budgets and usage can hold.</summary>
    public bool IsValid => Issuer.Length > 0 && !Issuer.Contains(ExternalPerson.Separator, StringComparison.Ordinal) && Subject.Length > 0;
}

/// <summary>
/// Issues the token of a device: <c>aso_</c> for an account, <c>ase_</c> for an external identity. Its rights follow from the format and
/// are not stored.
/// </summary>
internal sealed class IssueDeviceToken(Store store, KeyHasher hasher, TimeProvider time)
{
    public Task<Outcome<IssuedKey>> ForAccountAsync(
        User user,
        string label,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken
    ) =>
        user.Status == UserStatus.Deleted
            ? Task.FromResult<Outcome<IssuedKey>>(Refusal.Conflict("user_deleted", $"The user {user.Name} is deleted."))
            : IssueAsync(TokenFamily.Aso, user.Id, null, label, expiresAt, cancellationToken);

    public Task<Outcome<IssuedKey>> ForExternalAsync(
        ExternalIdentity identity,
        string label,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken
    ) =>
        identity.IsValid
            ? IssueAsync(TokenFamily.Ase, null, identity, label, expiresAt, cancellationToken)
            : Task.FromResult<Outcome<IssuedKey>>(Refusal.Invalid("An external identity has an issuer without | and a subject."));

    private async Task<Outcome<IssuedKey>> IssueAsync(
        TokenFamily family,
        string? userId,
        ExternalIdentity? identity,
        string label,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken
    )
    {
        if (Rules.Name("A device's label", label) is { } error)
        {
            return Refusal.Invalid(error);
        }

        var token = KeyToken.Generate(family);
        var now = Instant.Now(time);
        var key = new ApiKey
        {
            Id = KeyToken.IdOf(token),
            Format = family.ToFormat()!.Value,
            Hash = hasher.Hash(token).ToArray(),
            UserId = userId,
            ExternalIssuer = identity?.Issuer,
            ExternalSubject = identity?.Subject,
            Name = label,
            Scopes = "",
            CreatedAt = now,
            ExpiresAt = Instant.Truncate(expiresAt),
        };
        await using var context = store.Open();
        context.ApiKeys.Add(key);
        context.Invalidations.Add(CacheInvalidation.OfKey(key.Id, now));
        await context.SaveChangesAsync(cancellationToken);
        return new IssuedKey(key, token);
    }
}
