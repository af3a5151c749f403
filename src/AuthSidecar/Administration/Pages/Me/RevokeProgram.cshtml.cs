using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Asks before a program loses its access on all of the person's devices.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class RevokeProgramModel(ListKeys list, RevokeKeys revoke, TimeProvider time) : OwnPage
{
    [BindProperty(SupportsGet = true, Name = "program")]
    public string? Program { get; set; }

    /// <summary>Number of tokens that the page has named.</summary>
    [BindProperty]
    public int Count { get; set; }

    /// <summary>Those in force, the newest first.</summary>
    public IReadOnlyList<ApiKey> Devices { get; private set; } = [];

    public string Href => $"/ui/me/devices/revoke{QueryString.Create("program", Program ?? "")}";

    private KeyFilter Filter =>
        new()
        {
            User = UserId,
            IsDevice = true,
            ClientId = Program ?? "",
            NewestFirst = true,
        };

    public async Task<IActionResult> OnGetAsync()
    {
        await ReadAsync();
        return Devices.Count == 0 ? NotThere() : Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        await ReadAsync();
        if (Devices.Count == 0)
        {
            return NotThere();
        }

        if ((await revoke.RunAsync(Filter, Count, Aborted)).Refusal is not { } refusal)
        {
            return Done("/ui/me/devices", $"All devices of “{Program}” are revoked.");
        }

        _ = ModelState.Remove(nameof(Count));
        return Refused(refusal);
    }

    private async Task ReadAsync()
    {
        if (Rules.Name("A program", Program ?? "") is not null)
        {
            return;
        }

        var now = time.GetUtcNow();
        Devices = [.. (await list.RunAsync(Filter, Aborted)).Value.Items.Where(device => KeyWords.IsUsable(device, now))];
        if (HttpMethods.IsGet(Request.Method))
        {
            Count = (await revoke.CountAsync(Filter, Aborted)).Value.Revoked;
        }
    }
}
