using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest;

/// <summary>A device's token: never the token itself.</summary>
/// <param name="ClientId">Program that got the token.</param>
/// <param name="Current">The token of this request.</param>
internal sealed record DeviceTokenDocument(
    string Id,
    string? ClientId,
    string? DeviceLabel,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    string? LastUsedAddress,
    bool Current
);

/// <param name="Status"><c>revoked</c>, also the second time.</param>
internal sealed record RevokedDocument(string Status);

/// <summary><c>/api/me/device-tokens</c></summary>
internal sealed class OwnDeviceEndpoints(DeviceTokens tokens)
{
    public const string Path = "/api/me/device-tokens";

    public async Task<IResult> ListAsync(HttpContext http)
    {
        var query = new RestQuery(http.Request);
        var filter = new ListFilter { Take = query.Limit(), After = query.Cursor() };
        var found = await tokens.ListAsync(await OwnerAsync(http), filter, http.RequestAborted);
        var current = http.Caller().KeyId;
        return RestAnswer.List(found.OrRefuse(), key => Document(key, current));
    }

    public Task<IResult> EndOwnAsync(HttpContext http) =>
        http.Caller().KeyId is { } id
            ? EndAsync(http, id)
            : throw RestException.Of(Refusal.Unknown("device_token", "of a session") with { Message = "A session has no device token." });

    public async Task<IResult> EndAsync(HttpContext http, string id)
    {
        _ = (await tokens.EndAsync(await OwnerAsync(http), id, http.RequestAborted)).OrRefuse();
        return RestAnswer.Of(new RevokedDocument("revoked"));
    }

    private async Task<TokenOwner> OwnerAsync(HttpContext http) =>
        http.Caller() switch
        {
            { UserId: { } user } => new(user, null),
            { KeyId: { } key } => await tokens.FindOwnerAsync(key, http.RequestAborted),
            _ => null,
        } ?? throw new RestException(StatusCodes.Status401Unauthorized, "invalid_token", "The token is unknown.");

    private static DeviceTokenDocument Document(ApiKey key, string? current) =>
        new(
            key.Id,
            key.ClientId,
            key.DeviceLabel ?? key.Name,
            TokenScopes.Of(key),
            key.CreatedAt,
            key.ExpiresAt,
            key.LastUsedAt,
            key.LastUsedAddress,
            key.Id == current
        );
}

internal static class OwnDeviceRoutes
{
    private static readonly RestParameter[] _list = [RestParameter.Limit, RestParameter.Cursor];

    public static void MapOwnDevices(this IEndpointRouteBuilder endpoints)
    {
        var own = endpoints.MapGroup(OwnDeviceEndpoints.Path).RequireAuthorization(ConsolePolicies.OwnDevices);
        own.MapMethods("", RestRoutes.Reads, (HttpContext http, OwnDeviceEndpoints devices) => devices.ListAsync(http))
            .Describe("List own tokens of devices, the newest first", new() { Query = _list })
            .Answers<ListDocument<DeviceTokenDocument>>();
        own.MapMethods("/self", ["DELETE"], (HttpContext http, OwnDeviceEndpoints devices) => devices.EndOwnAsync(http))
            .Describe("Revoke the token of this request", null, 404)
            .Answers<RevokedDocument>();
        own.MapMethods("/{id}", ["DELETE"], (HttpContext http, string id, OwnDeviceEndpoints devices) => devices.EndAsync(http, id))
            .Describe("Revoke an own token of a device", null, 404)
            .Answers<RevokedDocument>();
    }
}
