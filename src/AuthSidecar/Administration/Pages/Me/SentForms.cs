using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Administration.Rest;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>
/// Forms whose answer shows a secret. Each has a number of its own and is obeyed once, so that a reload of the answer, which sends the form
/// again, makes nothing and shows nothing.
/// </summary>
internal sealed class SentForms(IdempotencyStore store)
{
    /// <summary>The number of a new form, for a hidden field.</summary>
    public static string Number() => Guid.NewGuid().ToString("N");

    /// <returns>Null: the form was sent before, or has no number.</returns>
    public async Task<IdempotencySlot?> BeginAsync(string userId, string? number, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(number, "N", out _))
        {
            return null;
        }

        var slot = new IdempotencySlot($"form:{userId}", number, SHA256.HashData(Encoding.UTF8.GetBytes(number)));
        return await store.BeginAsync(slot, cancellationToken) is null ? slot : null;
    }

    public Task SucceededAsync(IdempotencySlot slot) => store.CompleteAsync(slot, StatusCodes.Status200OK, null, "");

    /// <summary>The form may be sent again.</summary>
    public Task RefusedAsync(IdempotencySlot slot) => store.AbandonAsync(slot);
}
