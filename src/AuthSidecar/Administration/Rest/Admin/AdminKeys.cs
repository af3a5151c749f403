using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary><c>/api/admin/keys</c> and <c>/api/admin/users/{id}/api-keys</c>: lists, one key, and new keys.</summary>
internal static class AdminKeys
{
    private static readonly RestParameter[] _ownList =
    [
        RestParameter.Search,
        RestParameter.Of<KeyStatus>("status", "Only keys of this status."),
        new("tenant", "Only keys that are bound to this tenant."),
        new("expiring", "Only keys in force that expire within this duration, such as 14d."),
        RestParameter.Limit,
        RestParameter.Cursor,
    ];

    private static readonly RestParameter[] _list = [new("user", "Only keys of this user, by name or id."), .. _ownList];

    public static IReadOnlyList<RestParameter> Filter { get; } = [.. _list.Where(one => one.Name is not ("limit" or "cursor"))];

    public static void MapKeys(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/keys", RestRoutes.Reads, ListAsync)
            .Describe("List keys of all", new() { Query = _list }, 404)
            .Answers<ListDocument<KeyDocument>>();
        admin
            .MapMethods("/users/{id}/api-keys", RestRoutes.Reads, ListOfUserAsync)
            .Describe("List keys of a user", new() { Query = _ownList }, 404)
            .Answers<ListDocument<KeyDocument>>();
        admin
            .MapMethods("/keys/{id}", RestRoutes.Reads, ShowAsync)
            .Describe("Show a key", new() { HasETag = true }, 404)
            .Answers<KeyDocument>();
        admin
            .MapMethods("/users/{id}/api-keys", ["POST"], CreateAsync)
            .Describe("Create a key for a user", new() { Body = typeof(NewKeyBody), IsIdempotent = true }, 404, 409)
            .Answers<IssuedKeyDocument>(StatusCodes.Status201Created);
    }

    private static Task<RestAnswer> ListAsync(HttpContext http, ListKeys keys, TimeProvider time) =>
        AnswerAsync(http, keys, new RestQuery(http.Request).KeyFilterOf(), time);

    private static Task<RestAnswer> ListOfUserAsync(HttpContext http, string id, ListKeys keys, TimeProvider time) =>
        AnswerAsync(http, keys, new RestQuery(http.Request).KeyFilterOf() with { User = id }, time);

    private static async Task<RestAnswer> AnswerAsync(HttpContext http, ListKeys keys, KeyFilter filter, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return RestAnswer.List((await keys.RunAsync(filter, http.RequestAborted)).OrRefuse(), key => KeyDocument.Of(key, now));
    }

    private static async Task<RestAnswer> ShowAsync(HttpContext http, string id, ShowKey keys, TimeProvider time)
    {
        var key = (await keys.RunAsync(id, http.RequestAborted)).OrRefuse();
        return RestAnswer.Versioned(KeyDocument.Of(key, time.GetUtcNow()), KeyVersion.Of(key));
    }

    private static async Task<RestAnswer> CreateAsync(HttpContext http, string id, CreateKey keys, TimeProvider time)
    {
        var body = await http.ReadBodyAsync<NewKeyBody>();
        http.RequireSudoFor(body.Scopes, time);
        if (body is { ExpiresIn: not null, ExpiresAt: not null })
        {
            throw RestException.Invalid("expiresIn and expiresAt exclude each other.", "expiresAt");
        }

        var now = time.GetUtcNow();
        var expiry = body.ExpiresIn is { } span ? now + KeyLimits.Span(span, "expiresIn") : body.ExpiresAt;
        if (expiry <= now)
        {
            throw RestException.Invalid("The expiry must be in the future.", body.ExpiresIn is null ? "expiresAt" : "expiresIn");
        }

        var wanted = new NewKey(id)
        {
            Name = body.Name,
            Scopes = body.Scopes,
            Models = body.Models,
            Tenant = body.Tenant,
            Subject = body.Subject switch
            {
                null or "account" => SubjectType.Account,
                "service" => SubjectType.Service,
                _ => throw RestException.Invalid("subject must be account or service.", "subject"),
            },
            ExpiresAt = expiry,
            Limit = KeyLimits.Of(body.Permits, body.Window),
            TokenLimit = KeyLimits.OfTokens(body.Tokens, body.TokenWindow),
            Parallel = body.Parallel,
        };
        var issued = (
            await keys.RunAsync(wanted, (stored, _) => NewKeyRules.TenantAsync(stored, wanted, http.RequestAborted), http.RequestAborted)
        ).OrRefuse();
        return RestAnswer.Created(IssuedKeyDocument.Of(issued, now), $"/api/admin/keys/{issued.Key.Id}");
    }
}
