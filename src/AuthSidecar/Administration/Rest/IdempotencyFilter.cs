using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Rest;

/// <summary>
/// Runs a request with <c>Idempotency-Key</c> once in 24 hours for each caller. A repetition gets the stored answer without its secret; a
/// failed request leaves nothing behind and can be retried.
/// </summary>
internal sealed partial class IdempotencyFilter(IdempotencyStore answers, KeyHasher peppers, ILogger<IdempotencyFilter> logger)
    : IEndpointFilter
{
    private const string Header = "Idempotency-Key";
    private const int Longest = 255;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var header = http.Request.Headers[Header];
        if (header.Count == 0)
        {
            return await next(context);
        }

        var key = header.ToString();
        if (header.Count > 1 || key.Length is 0 or > Longest || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw RestException.Invalid($"{Header} must be 1 to {Longest} visible ASCII characters without blanks.", Header);
        }

        var caller = http.Caller();
        var hashes = await HashAsync(http);
        var slot = new IdempotencySlot(
            caller.UserId is { } user ? $"user:{user}"
                : caller.KeyId is { } id ? $"key:{id}"
                : "master",
            key,
            hashes[0]
        );
        return await answers.BeginAsync(slot, http.RequestAborted) is { } first
            ? Replay(http, first, hashes)
            : await RunAsync(context, next, slot);
    }

    // Under each pepper, the current one first: a body may hold a password, which a plain hash would let one guess.
    private async Task<IReadOnlyList<byte[]>> HashAsync(HttpContext http)
    {
        var head = Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}\n");
        byte[] request = [.. head, .. await http.ReadBytesAsync()];
        return [.. peppers.Derive("authsidecar idempotency v1"u8).Select(secret => HMACSHA256.HashData(secret, request))];
    }

    private static RestAnswer Replay(HttpContext http, IdempotencyKey first, IReadOnlyList<byte[]> hashes)
    {
        if (!hashes.Any(hash => CryptographicOperations.FixedTimeEquals(first.RequestHash, hash)))
        {
            throw new RestException(
                StatusCodes.Status422UnprocessableEntity,
                "idempotency_mismatch",
                $"{Header} was used for another request; choose a new one for each."
            );
        }

        if (first.Status is not { } status)
        {
            throw new RestException(
                StatusCodes.Status409Conflict,
                "idempotency_in_progress",
                "The first request with this key is still running; repeat this one later."
            );
        }

        http.Response.Headers["Idempotency-Replayed"] = "true";
        return new(JsonSerializer.Deserialize<JsonElement>(first.Body ?? "null", JsonFormat.Options), status, first.Location);
    }

    private async Task<object?> RunAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, IdempotencySlot slot)
    {
        object? result;
        try
        {
            result = await next(context);
        }
        catch
        {
            await answers.AbandonAsync(slot);
            throw;
        }

        if (result is RestAnswer answer)
        {
            await CompleteAsync(slot, answer);
        }
        else
        {
            await answers.AbandonAsync(slot);
        }

        return result;
    }

    // The change is made: its caller gets the answer, and the slot stays, so that a prompt repetition does not make a second one.
    private async Task CompleteAsync(IdempotencySlot slot, RestAnswer answer)
    {
        var body = answer.Body is IOneTimeSecret secret ? secret.WithoutSecret() : answer.Body;
        var text = JsonSerializer.Serialize(body, body.GetType(), JsonFormat.Options);
        try
        {
            await answers.CompleteAsync(slot, answer.Status, answer.Location, text);
        }
        catch (Exception fault)
            when (fault
                    is StoreUnavailableException
                        or DbException
                        or DbUpdateException
                        or InvalidOperationException { InnerException: DbException }
            )
        {
            LogUnstored(slot.Caller, fault);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Answer to a request of {Caller} with Idempotency-Key not stored; for two minutes repetitions are refused."
    )]
    private partial void LogUnstored(string caller, Exception exception);
}
