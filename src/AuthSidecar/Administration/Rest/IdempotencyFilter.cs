using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest;

/// <summary>
/// Runs a request with <c>Idempotency-Key</c> once in 24 hours for each caller. A repetition gets the stored answer without its secret; a
/// failed request leaves nothing behind and can be retried.
/// </summary>
internal sealed class IdempotencyFilter(IdempotencyStore answers) : IEndpointFilter
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
        var slot = new IdempotencySlot(
            caller.UserId is { } user ? $"user:{user}"
                : caller.KeyId is { } id ? $"key:{id}"
                : "master",
            key,
            await HashAsync(http)
        );
        return await answers.BeginAsync(slot, http.RequestAborted) is { } first
            ? Replay(http, first, slot)
            : await RunAsync(context, next, slot);
    }

    private static async Task<byte[]> HashAsync(HttpContext http)
    {
        var head = Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}\n");
        return SHA256.HashData([.. head, .. await http.ReadBytesAsync()]);
    }

    private static RestAnswer Replay(HttpContext http, IdempotencyKey first, IdempotencySlot slot)
    {
        if (!first.RequestHash.AsSpan().SequenceEqual(slot.RequestHash))
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
        var isDone = false;
        try
        {
            var result = await next(context);
            if (result is RestAnswer answer)
            {
                var body = answer.Body is IOneTimeSecret secret ? secret.WithoutSecret() : answer.Body;
                await answers.CompleteAsync(
                    slot,
                    answer.Status,
                    answer.Location,
                    JsonSerializer.Serialize(body, body.GetType(), JsonFormat.Options)
                );
                isDone = true;
            }

            return result;
        }
        finally
        {
            if (!isDone)
            {
                await answers.AbandonAsync(slot);
            }
        }
    }
}
