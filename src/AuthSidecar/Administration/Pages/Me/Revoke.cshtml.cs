using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Asks before one of the person's keys is revoked.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class RevokeModel(OwnKeys keys, TimeProvider time) : OwnPage
{
    public ApiKey? Key { get; private set; }

    public bool IsUsable => KeyWords.IsUsable(Key!, time.GetUtcNow());

    public async Task<IActionResult> OnGetAsync(string id)
    {
        var found = await keys.FindAsync(UserId, id, Aborted);
        Key = found.Refusal is null ? found.Value : null;
        return Key is null ? NotThere() : Page();
    }

    public async Task<IActionResult> OnPostAsync(string id)
    {
        var outcome = await keys.RevokeAsync(UserId, id, Aborted);
        return outcome.Refusal is null ? Done("/ui/me/api-keys", $"Key “{KeyWords.Name(outcome.Value)}” is revoked.") : NotThere();
    }
}
