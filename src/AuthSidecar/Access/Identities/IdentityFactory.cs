using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Access.Identities;

/// <summary>Creates the identity of a stored key, sharing equal strings and lists.</summary>
internal sealed class IdentityFactory
{
    /// <summary>Scopes of each <c>ase_</c> token.</summary>
    public const string ExternalScopes = "apps:run apps:read:permitted-external";

    private readonly Interner<string> _text = new(text => text);
    private readonly Interner<IReadOnlyList<string>> _lists = new(SpaceSeparated.Split);
    private readonly Interner<KeyModels> _models = new(text => KeyModels.Of(SpaceSeparated.Split(text)));

    // Type and limits of a device token's scopes follow from its format, so that a modified row cannot extend them.
    public Identity Make(KeyRecord key)
    {
        var models = _models.Get(key.Models);
        return new(
            key.Id,
            key.Format switch
            {
                KeyFormat.Aso => SubjectType.Account,
                KeyFormat.Ase => SubjectType.EndUser,
                _ => key.Subject,
            },
            Shared(key.UserId),
            Shared(key.Username),
            _lists.Get(ScopesOf(key.Format, key.Scopes)),
            Shared(key.Tenant),
            key.ExpiresAt
        )
        {
            LineId = key.LineId,
            ExternalSubject = key.Format == KeyFormat.Ase ? ExternalPerson.Of(key.ExternalIssuer!, key.ExternalSubject!) : null,
            Models = models.Globs,
            ModelLimits = models.Limits,
            Limit = key is { Permits: { } permits, Window: { } window } ? new(permits, window) : null,
            TokenLimit = key is { Tokens: { } tokens, TokenWindow: { } tokenWindow } ? new(tokens, tokenWindow) : null,
            Parallel = key.Parallel,
        };
    }

    /// <summary>Scopes in force, separated by blanks.</summary>
    /// <param name="format">Format of the key.</param>
    /// <param name="scopes">As stored.</param>
    public static string ScopesOf(KeyFormat format, string scopes) =>
        format switch
        {
            KeyFormat.Aso => OfDevice(scopes),
            KeyFormat.Ase => ExternalScopes,
            _ => scopes,
        };

    // Empty in rows made before clients had scopes.
    private static string OfDevice(string scopes) =>
        scopes.Length == 0 ? AccessRules.FullScope
        : scopes.Contains(AccessRules.ManageScope, StringComparison.Ordinal)
            ? SpaceSeparated.Join(SpaceSeparated.Split(scopes).Where(scope => scope != AccessRules.ManageScope))
        : scopes;

    private string? Shared(string? text) => text is null ? null : _text.Get(text);
}
