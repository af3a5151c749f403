using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before a key is revoked.</summary>
internal sealed class RevokeKeyModel(ShowKey show, RevokeKey revoke, TimeProvider time) : AdminPage
{
    /// <summary>Null: there is no such key.</summary>
    public ApiKey? Key { get; private set; }

    public DateTimeOffset Now => time.GetUtcNow();

    public async Task<IActionResult> OnGetAsync(string id)
    {
        Key = Rules.Id("key", id) is null ? Found(await show.RunAsync(id, Aborted)) : Found<ApiKey>(Refusal.UnknownKey(id));
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id) =>
        Rules.Id("key", id) is null && Found(await revoke.RunAsync(id, Aborted)) is { } key
            ? Done(Links.Key(id), $"Key “{KeyWords.Name(key)}” is revoked.")
            : await OnGetAsync(id);
}
