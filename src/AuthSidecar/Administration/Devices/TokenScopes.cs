using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Devices;

/// <summary>Rights of a device's token, as Check grants them.</summary>
internal static class TokenScopes
{
    /// <returns>Never <c>manage</c>.</returns>
    public static IReadOnlyList<string> Of(ApiKey key) => SpaceSeparated.Split(IdentityFactory.ScopesOf(key.Format, key.Scopes));
}
