using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Replaces one of the person's keys; the answer shows the new token once.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class RotateModel(OwnKeys keys, SentForms forms, TimeProvider time) : OwnPage
{
    [BindProperty]
    public string? Grace { get; set; }

    [BindProperty]
    public string? Form { get; set; }

    public bool WasSentBefore { get; private set; }

    public ApiKey? Key { get; private set; }

    public IssuedKeyView? Issued { get; private set; }

    public async Task<IActionResult> OnGetAsync(string id) => await FindAsync(id) ? Page() : NotThere();

    public async Task<IActionResult> OnPostAsync(string id)
    {
        if (!await FindAsync(id))
        {
            return NotThere();
        }

        if (LifetimeChoices.Read(Grace, LifetimeChoices.Graces) is not { } grace)
        {
            return Refused("Choose one of the times.", nameof(Grace));
        }

        if (await forms.BeginAsync(UserId, Form, Aborted) is not { } form)
        {
            WasSentBefore = true;
            Response.StatusCode = StatusCodes.Status409Conflict;
            return Page();
        }

        var outcome = await keys.RotateAsync(UserId, id, grace, Maker(time), Aborted);
        if (outcome.Refusal is { } refusal)
        {
            await forms.RefusedAsync(form);
            return refusal.Code == CallerRules.ReauthenticationRequired
                ? new SeeOther($"/ui/reauthenticate{ReturnPath.Query(Request.Path)}")
                : Refused(refusal);
        }

        await forms.SucceededAsync(form);

        Issued = new(
            outcome.Value,
            grace == TimeSpan.Zero
                ? "The old key has stopped working."
                : $"The old key works for another {LifetimeChoices.Graces.First(choice => choice.Value == Grace).Text}."
        );
        return Page();
    }

    private async Task<bool> FindAsync(string id)
    {
        var found = await keys.FindAsync(UserId, id, Aborted);
        Key = found.Refusal is null ? found.Value : null;
        return Key is not null;
    }
}
