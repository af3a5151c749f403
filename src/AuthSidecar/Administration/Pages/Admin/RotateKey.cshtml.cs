using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Replaces a user's key; the answer shows the new token once.</summary>
internal sealed class RotateKeyModel(ShowKey show, RotateKey rotate, SentForms forms, Drafts drafts, TimeProvider time) : AdminPage
{
    [BindProperty]
    public string? Grace { get; set; }

    [BindProperty]
    public string? Form { get; set; }

    public bool WasSentBefore { get; private set; }

    /// <summary>Null: there is no such key.</summary>
    public ApiKey? Key { get; private set; }

    public IssuedKeyView? Issued { get; private set; }

    public async Task<IActionResult> OnGetAsync(string id)
    {
        Key = Rules.Id("key", id) is null ? Found(await show.RunAsync(id, Aborted)) : Found<ApiKey>(Refusal.UnknownKey(id));
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id)
    {
        var page = await OnGetAsync(id);
        if (Key is null)
        {
            return page;
        }

        if (LifetimeChoices.Read(Grace, LifetimeChoices.Graces) is not { } grace)
        {
            Check(nameof(Grace), "Choose one of the times.");
            return page;
        }

        if (KeyInput.Words(Key.Scopes).Contains(AccessRules.ManageScope) && await AskPasswordAsync(drafts, time) is { } ask)
        {
            return ask;
        }

        if (await forms.BeginAsync(Sender, Form, Aborted) is not { } form)
        {
            WasSentBefore = true;
            Response.StatusCode = StatusCodes.Status409Conflict;
            return page;
        }

        var outcome = await rotate.RunAsync(id, grace, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            await forms.RefusedAsync(form);
            Refuse(refusal);
            return page;
        }

        await forms.SucceededAsync(form);
        var old =
            grace == TimeSpan.Zero
                ? "has stopped working"
                : $"works for another {LifetimeChoices.Graces.First(choice => choice.Value == Grace).Text}";
        Issued = new(outcome.Value, $"The old key {old}. Only the owner may have the new one.");
        return page;
    }
}
