using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Administration.Devices;

/// <summary>Scopes of an account's token: those of its client that the device asked for.</summary>
internal static class DeviceScopes
{
    /// <param name="client">The client.</param>
    /// <param name="asked">Separated by spaces; null or empty: all of the client's. <c>full</c> asks for all, too.</param>
    /// <returns>Never <c>manage</c>; empty: nothing asked for is allowed.</returns>
    public static IReadOnlyList<string> Of(DeviceClientOptions client, string? asked)
    {
        IReadOnlyList<string> allowed = [.. WithoutManage(client.Scopes.Count == 0 ? [AccessRules.FullScope] : client.Scopes)];
        var wanted = SpaceSeparated.Split(asked ?? "");
        return wanted.Count == 0 || wanted.Contains(AccessRules.FullScope) ? allowed
            : allowed.Contains(AccessRules.FullScope) ? [.. WithoutManage(wanted)]
            : [.. wanted.Intersect(allowed, StringComparer.Ordinal)];
    }

    private static IEnumerable<string> WithoutManage(IEnumerable<string> scopes) =>
        scopes.Where(scope => scope != AccessRules.ManageScope).Distinct(StringComparer.Ordinal);
}
