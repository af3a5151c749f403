using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Devices;

/// <summary>Rights of a device's token, as Check grants them.</summary>
internal static class TokenScopes
{
    /// <returns>Never <c>manage</c>.</returns>
    public static IReadOnlyList<string> Of(ApiKey key) =>
        key.Format == KeyFormat.Ase ? SpaceSeparated.Split(IdentityFactory.ExternalScopes)
        : key.Scopes.Length == 0 ? [AccessRules.FullScope]
        : [.. SpaceSeparated.Split(key.Scopes).Where(scope => scope != AccessRules.ManageScope)];
}
