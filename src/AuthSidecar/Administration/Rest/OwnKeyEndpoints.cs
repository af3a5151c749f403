using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest;

/// <param name="Name">1 to 128 printable characters.</param>
/// <param name="Scopes">Missing: all that people may give.</param>
/// <param name="Models">Globs; missing: all models.</param>
/// <param name="ExpiresIn">Lifetime such as <c>90d</c>; missing: the default.</param>
/// <param name="Tenant">A tenant of which the caller is a member.</param>
/// <param name="Permits">Requests in a window; only stricter than the other limits.</param>
/// <param name="Window">The window, such as <c>60s</c>; needed with permits.</param>
/// <param name="Tokens">Tokens in a window; only stricter than the other limits.</param>
/// <param name="TokenWindow">That window, such as <c>60s</c>; needed with tokens.</param>
/// <param name="Parallel">Requests that may run at a time; only stricter than the other limits.</param>
internal sealed record NewOwnKeyBody(
    string Name,
    IReadOnlyList<string>? Scopes = null,
    IReadOnlyList<string>? Models = null,
    string? ExpiresIn = null,
    string? Tenant = null,
    int? Permits = null,
    string? Window = null,
    long? Tokens = null,
    string? TokenWindow = null,
    int? Parallel = null
);

/// <param name="Name">1 to 128 printable characters.</param>
/// <param name="Scopes">Some of the present ones.</param>
/// <param name="Models">Globs that allow no more than the present ones.</param>
internal sealed record OwnKeyPatch(string? Name = null, IReadOnlyList<string>? Scopes = null, IReadOnlyList<string>? Models = null);

/// <param name="Grace">Time for which the old key stays valid, such as <c>1h</c>; missing: it ends at once.</param>
internal sealed record RotationBody(string? Grace = null);

/// <summary><c>/api/me/api-keys</c></summary>
internal sealed class OwnKeyEndpoints(ListKeys list, CreateOwnKey create, OwnKeys keys, TimeProvider time)
{
    public const string Path = "/api/me/api-keys";

    public async Task<IResult> ListAsync(HttpContext http)
    {
        var query = new RestQuery(http.Request);
        var filter = new KeyFilter
        {
            User = OwnerOf(http),
            Status = query.Word<KeyStatus>("status"),
            Query = query.Text(RestParameter.Search.Name),
            Take = query.Limit(),
            After = query.Cursor(),
            IsDevice = false,
            NewestFirst = true,
        };
        return RestAnswer.List((await list.RunAsync(filter, http.RequestAborted)).OrRefuse(), Document);
    }

    public async Task<IResult> CreateAsync(HttpContext http)
    {
        var body = await http.ReadBodyAsync<NewOwnKeyBody>();
        var wanted = new NewOwnKey(body.Name)
        {
            Scopes = body.Scopes ?? [],
            Models = body.Models ?? [],
            Lifetime = RestDuration.Read(body.ExpiresIn, "expiresIn"),
            Tenant = body.Tenant,
            Limit = LimitOf(body),
            TokenLimit = TokenLimitOf(body),
            Parallel = body.Parallel,
            Maker = MakerOf(http),
        };
        var issued = (await create.RunAsync(OwnerOf(http), wanted, http.RequestAborted)).OrRefuse();
        return RestAnswer.Created(IssuedKeyDocument.Of(issued, Now), $"{Path}/{issued.Key.Id}");
    }

    public async Task<IResult> ShowAsync(HttpContext http, string id) =>
        Versioned((await keys.FindAsync(OwnerOf(http), id, http.RequestAborted)).OrRefuse());

    public async Task<IResult> ChangeAsync(HttpContext http, string id)
    {
        var body = await http.ReadBodyAsync<OwnKeyPatch>();
        var changes = new KeyChanges
        {
            Name = body.Name is { } name ? new Change<string?>(name) : null,
            Scopes = body.Scopes,
            Models = body.Models,
        };
        var isExpected = RestETag.Expected(http.Request);
        var changed = await keys.UpdateAsync(
            OwnerOf(http),
            id,
            changes,
            isExpected is null ? null : key => isExpected(KeyVersion.Of(key)),
            http.RequestAborted
        );
        return Versioned(changed.OrRefuse());
    }

    public async Task<IResult> RevokeAsync(HttpContext http, string id)
    {
        var isExpected = RestETag.Expected(http.Request);
        var revoked = await keys.RevokeAsync(
            OwnerOf(http),
            id,
            isExpected is null ? null : key => isExpected(KeyVersion.Of(key)),
            http.RequestAborted
        );
        return Versioned(revoked.OrRefuse());
    }

    public async Task<IResult> RotateAsync(HttpContext http, string id)
    {
        var body = await http.ReadBodyAsync<RotationBody>(isOptional: true);
        var grace = RestDuration.Read(body.Grace, "grace") ?? TimeSpan.Zero;
        var issued = (await keys.RotateAsync(OwnerOf(http), id, grace, MakerOf(http), http.RequestAborted)).OrRefuse();
        return RestAnswer.Created(IssuedKeyDocument.Of(issued, Now), $"{Path}/{issued.Key.Id}");
    }

    private DateTimeOffset Now => Instant.Now(time);

    private KeyDocument Document(ApiKey key) => KeyDocument.Of(key, Now);

    private RestAnswer Versioned(ApiKey key) => RestAnswer.Versioned(Document(key), KeyVersion.Of(key));

    private KeyMaker MakerOf(HttpContext http) =>
        http.Caller() switch
        {
            { Kind: CallerKind.Key } key => new(key.Scopes),
            var person => new(
                null,
                person.Role == UserRole.Admin && person.AuthenticatedAt is { } at && time.GetUtcNow() - at <= CallerRules.SudoAge
            ),
        };

    private static KeyLimit? LimitOf(NewOwnKeyBody body)
    {
        if (body.Permits is null && body.Window is null)
        {
            return null;
        }

        return body.Permits is { } permits && RestDuration.Read(body.Window, "window") is { } window
            ? new(permits, window)
            : throw RestException.Invalid("A limit needs permits and window.", body.Permits is null ? "permits" : "window");
    }

    private static TokenLimit? TokenLimitOf(NewOwnKeyBody body)
    {
        if (body.Tokens is null && body.TokenWindow is null)
        {
            return null;
        }

        return body.Tokens is { } tokens && RestDuration.Read(body.TokenWindow, "tokenWindow") is { } window
            ? new(tokens, window)
            : throw RestException.Invalid(
                "A limit of tokens needs tokens and tokenWindow.",
                body.Tokens is null ? "tokens" : "tokenWindow"
            );
    }

    private static string OwnerOf(HttpContext http) => http.Caller().UserId!;
}

internal static class RestDuration
{
    /// <param name="text">Such as <c>90d</c>; null: missing.</param>
    /// <param name="member">Name of the member.</param>
    public static TimeSpan? Read(string? text, string member) =>
        text is null ? null
        : Durations.TryParse(text, out var span) ? span
        : throw RestException.Invalid($"{member} must be a duration such as 90s, 15m, 12h or 30d.", member);
}
