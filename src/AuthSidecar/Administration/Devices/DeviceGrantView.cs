using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Devices;

/// <summary>A grant as the person who decides sees it; it holds no code.</summary>
/// <param name="Id">Id for audit and links; opens nothing.</param>
/// <param name="Status">State at the time of the read.</param>
/// <param name="ClientId">Client of <c>Device:Clients</c>.</param>
/// <param name="ClientTitle">Its name for people.</param>
/// <param name="DeviceLabel">Name that the device gave itself.</param>
/// <param name="Scopes">Scopes of an account's token.</param>
/// <param name="Address">Address of the device; null: unknown.</param>
/// <param name="Agent">User-Agent header of the device.</param>
/// <param name="CreatedAt">Time of the device's request.</param>
/// <param name="ExpiresAt">The codes are dead from this instant on.</param>
/// <param name="TokenId">Id of the token; null before the approval.</param>
internal sealed record DeviceGrantView(
    string Id,
    GrantStatus Status,
    string ClientId,
    string ClientTitle,
    string DeviceLabel,
    IReadOnlyList<string> Scopes,
    string? Address,
    string? Agent,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string? TokenId
)
{
    public static DeviceGrantView Of(DeviceGrant grant, DeviceClientOptions client) =>
        new(
            grant.Id,
            grant.Status,
            grant.ClientId,
            client.Title.Length > 0 ? client.Title : client.Id,
            grant.DeviceLabel,
            DeviceScopes.Of(client, grant.Scopes),
            grant.Address,
            grant.Agent,
            grant.CreatedAt,
            grant.ExpiresAt,
            grant.TokenId
        );
}
