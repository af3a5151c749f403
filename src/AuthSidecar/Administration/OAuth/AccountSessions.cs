using System.Globalization;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.OAuth;

/// <summary>A device token as dify's client reads it.</summary>
/// <param name="Prefix">The family, such as <c>aso_</c>; no part of the secret.</param>
internal sealed record AccountSessionDocument(
    string Id,
    string Prefix,
    string? ClientId,
    string? DeviceLabel,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? ExpiresAt
);

/// <summary>One page, by number.</summary>
internal sealed record AccountSessionsDocument(int Page, int Limit, int Total, bool HasMore, IReadOnlyList<AccountSessionDocument> Data);

/// <summary>Own device tokens under dify's path, with dify's names.</summary>
internal sealed class AccountSessions(DeviceTokens tokens)
{
    private const int UsualLimit = 100;

    public async Task<IResult> ListAsync(HttpContext http)
    {
        if (http.Request.Query.Keys.FirstOrDefault(name => name is not ("page" or "limit")) is not null)
        {
            throw OAuthException.Invalid("The parameters are page and limit.");
        }

        var (page, limit) = (Number(http, "page", 1, int.MaxValue), Number(http, "limit", UsualLimit, ListFilter.Most));
        var (found, total) = await tokens.PageAsync(await OwnerAsync(http), page, limit, http.RequestAborted);
        return new OAuthAnswer(new AccountSessionsDocument(page, limit, total, (long)page * limit < total, [.. found.Select(Document)]));
    }

    public Task<IResult> EndOwnAsync(HttpContext http) => EndAsync(http, http.Caller() is { IsDevice: true, KeyId: { } id } ? id : "");

    public async Task<IResult> EndAsync(HttpContext http, string id) =>
        (await tokens.EndAsync(await OwnerAsync(http), id, http.RequestAborted)).Refusal is null
            ? new OAuthAnswer(new StatusDocument("revoked"))
            : throw new OAuthException(StatusCodes.Status404NotFound, "not_found", "session not found");

    private async Task<TokenOwner> OwnerAsync(HttpContext http) =>
        http.Caller() switch
        {
            { UserId: { } user } => new(user, null),
            { KeyId: { } key } => await tokens.FindOwnerAsync(key, http.RequestAborted),
            _ => null,
        } ?? throw new OAuthException(StatusCodes.Status401Unauthorized, "invalid_token", "The token is unknown.");

    private static AccountSessionDocument Document(ApiKey key) =>
        new(
            key.Id,
            key.Format == KeyFormat.Ase ? "ase_" : "aso_",
            key.ClientId,
            key.DeviceLabel ?? key.Name,
            key.CreatedAt,
            key.LastUsedAt,
            key.ExpiresAt
        );

    private static int Number(HttpContext http, string name, int usual, int most) =>
        http.Request.Query[name] switch
        {
            { Count: 0 } => usual,
            { Count: 1 } values
                when int.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number >= 1
                    && number <= most => number,
            _ => throw OAuthException.Invalid($"{name} must stand once, as a whole number from 1 to {most}."),
        };
}
