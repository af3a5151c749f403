using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary>Changes of keys: PATCH, DELETE, rotation, and the revocation of many.</summary>
internal static class AdminKeyChanges
{
    public static void MapKeyChanges(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/keys/{id}", ["PATCH"], UpdateAsync)
            .Describe(
                "Change a key",
                new()
                {
                    Body = typeof(KeyChangeBody),
                    HasETag = true,
                    HasIfMatch = true,
                },
                404,
                409
            )
            .Answers<KeyDocument>();
        admin
            .MapMethods("/keys/{id}", ["DELETE"], RevokeAsync)
            .Describe("Revoke a key", new() { HasETag = true, HasIfMatch = true }, 404)
            .Answers<KeyDocument>();
        admin
            .MapMethods("/keys/{id}/rotate", ["POST"], RotateAsync)
            .Describe(
                "Replace a key",
                new()
                {
                    Body = typeof(RotationBody),
                    IsBodyOptional = true,
                    IsIdempotent = true,
                },
                404,
                409
            )
            .Answers<IssuedKeyDocument>(StatusCodes.Status201Created);
        admin
            .MapMethods("/keys/revoke", ["POST"], RevokeAllAsync)
            .Describe("Revoke all keys that match", new() { Query = AdminKeys.Filter, Body = typeof(RevokeAllBody) }, 404, 409)
            .Answers<RevokedKeys>();
    }

    private static async Task<RestAnswer> UpdateAsync(HttpContext http, string id, UpdateKey keys, TimeProvider time)
    {
        var body = await http.ReadBodyAsync<KeyChangeBody>();
        http.RequireSudoFor(body.Changes.Scopes, time);
        var changes = body.Changes;
        if (body.PermitsGiven.IsGiven != body.WindowGiven.IsGiven)
        {
            throw RestException.Invalid("permits and window go together.", body.PermitsGiven.IsGiven ? "window" : "permits");
        }

        if (body.PermitsGiven.IsGiven)
        {
            changes = changes with { Limit = new Change<KeyLimit?>(KeyLimits.Of(body.Permits, body.Window)) };
        }

        if (body.TokensGiven.IsGiven != body.TokenWindowGiven.IsGiven)
        {
            throw RestException.Invalid("tokens and tokenWindow go together.", body.TokensGiven.IsGiven ? "tokenWindow" : "tokens");
        }

        if (body.TokensGiven.IsGiven)
        {
            changes = changes with { TokenLimit = new Change<TokenLimit?>(KeyLimits.OfTokens(body.Tokens, body.TokenWindow)) };
        }

        var expected = Expected(http);
        var changed = (await keys.RunAsync(id, changes, IsExpected, http.RequestAborted)).OrRefuse();
        return RestAnswer.Versioned(KeyDocument.Of(changed, time.GetUtcNow()), KeyVersion.Of(changed));

        // A key that manages would else prolong itself.
        bool IsExpected(ApiKey key)
        {
            http.RequireSudoFor(key.Scopes.Split(' '), time);
            return expected?.Invoke(key) ?? true;
        }
    }

    private static async Task<RestAnswer> RevokeAsync(HttpContext http, string id, RevokeKey keys, TimeProvider time)
    {
        var revoked = (await keys.RunAsync(id, Expected(http), http.RequestAborted)).OrRefuse();
        return RestAnswer.Versioned(KeyDocument.Of(revoked, time.GetUtcNow()), KeyVersion.Of(revoked));
    }

    private static Func<ApiKey, bool>? Expected(HttpContext http) =>
        RestETag.Expected(http.Request) is { } expected ? key => expected(KeyVersion.Of(key)) : null;

    private static async Task<RestAnswer> RotateAsync(HttpContext http, string id, ShowKey keys, RotateKey rotate, TimeProvider time)
    {
        var body = await http.ReadBodyAsync<RotationBody>(isOptional: true);
        var old = (await keys.RunAsync(id, http.RequestAborted)).OrRefuse();
        http.RequireSudoFor(old.Scopes.Split(' '), time);
        var grace = body.Grace is { } text ? KeyLimits.Span(text, "grace") : TimeSpan.Zero;
        var issued = (await rotate.RunAsync(id, grace, http.RequestAborted)).OrRefuse();
        return RestAnswer.Created(IssuedKeyDocument.Of(issued, time.GetUtcNow()), $"/api/admin/keys/{issued.Key.Id}");
    }

    private static async Task<RestAnswer> RevokeAllAsync(HttpContext http, RevokeKeys keys)
    {
        var body = await http.ReadBodyAsync<RevokeAllBody>();
        var filter = new RestQuery(http.Request).KeyFilterOf();
        return RestAnswer.Of((await keys.RunAsync(filter, body.Count, http.RequestAborted)).OrRefuse());
    }
}

/// <param name="Count">Number of keys that the list has shown and that are not revoked; another is refused.</param>
internal sealed record RevokeAllBody(int Count);
