using AuthSidecar.Keys;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Authentication;

/// <summary>Makes an identity of a stored key, sharing what keys have in common.</summary>
internal sealed class IdentityFactory
{
    private readonly Interner<string> _text = new(text => text);
    private readonly Interner<IReadOnlyList<string>> _lists = new(Words.Split);

    public Identity Make(KeyRecord key) => new(
        key.Id,
        key.Subject,
        Shared(key.UserId),
        Shared(key.Username),
        _lists.Get(key.Scopes),
        Shared(key.Tenant),
        key.ExpiresAt)
    {
        Models = _lists.Get(key.Models),
        Limit = key is { Permits: { } permits, Window: { } window } ? new(permits, window) : null,
    };

    private string? Shared(string? text) => text is null ? null : _text.Get(text);
}
