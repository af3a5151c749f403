using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>All keys and tokens of devices, and the form that makes a key for a user.</summary>
internal sealed class KeysModel(ListKeys list, CreateKey create, OwnKeyRules rules, SentForms forms, Drafts drafts, TimeProvider time)
    : AdminListPage<ApiKey>
{
    [BindProperty(SupportsGet = true, Name = "user")]
    public string? Person { get; set; }

    [BindProperty(SupportsGet = true, Name = "tenant")]
    public string? Tenant { get; set; }

    [BindProperty(SupportsGet = true, Name = "status")]
    public string? Status { get; set; }

    [BindProperty]
    public string? Owner { get; set; }

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Scopes { get; set; }

    [BindProperty]
    public string? Models { get; set; }

    [BindProperty]
    public string? NewTenant { get; set; }

    [BindProperty]
    public string? Expires { get; set; }

    [BindProperty]
    public string? Form { get; set; }

    public bool WasSentBefore { get; private set; }

    public IssuedKeyView? Issued { get; private set; }

    public DateTimeOffset Now => time.GetUtcNow();

    public override string Path => "/ui/admin/keys";

    public string RevokeAllHref => Links.To("/ui/admin/keys/revoke", Filter);

    protected override IReadOnlyList<(string Name, string? Value)> Filter =>
        [("q", Query), ("user", Person), ("tenant", Tenant), ("status", Status)];

    public override Task<IActionResult> OnGetAsync()
    {
        Scopes = rules.Scopes is [var first, ..] ? first : null;
        Expires = KeyInput.Day(Now + rules.DefaultLifetime);
        return base.OnGetAsync();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var (scopes, models) = (KeyInput.Words(Scopes), KeyInput.Words(Models));
        var isDay = KeyInput.TryReadDay(Expires, out var expires);
        _ = IsGiven(Owner, nameof(Owner), "Enter the name of a user.");
        Check(nameof(Name), string.IsNullOrEmpty(Name) ? "Enter a name, for example “laptop”." : Rules.Name("A key's name", Name));
        Check(nameof(Scopes), scopes.Length == 0 ? "Enter at least one scope." : Rules.Scopes(scopes));
        Check(nameof(Models), Rules.Models(models));
        Check(nameof(NewTenant), Any(NewTenant) is { } tenant ? Rules.Tenant(tenant) : null);
        Check(
            nameof(Expires),
            !isDay ? KeyInput.DateError
                : expires <= Now ? "Choose a day in the future."
                : null
        );
        if (!ModelState.IsValid)
        {
            return await AgainAsync();
        }

        if (scopes.Contains(AccessRules.ManageScope) && await AskPasswordAsync(drafts, time) is { } ask)
        {
            return ask;
        }

        if (await forms.BeginAsync(Sender, Form, Aborted) is not { } form)
        {
            WasSentBefore = true;
            Response.StatusCode = StatusCodes.Status409Conflict;
            return Page();
        }

        var wanted = new NewKey(Owner!.Trim())
        {
            Name = Name,
            Scopes = scopes,
            Models = models,
            Tenant = Any(NewTenant),
            ExpiresAt = expires,
        };
        var outcome = await create.RunAsync(wanted, (stored, _) => NewKeyRules.TenantAsync(stored, wanted, Aborted), Aborted);
        if (outcome.Refusal is { } refusal)
        {
            await forms.RefusedAsync(form);
            Refuse(refusal, nameof(Owner));
            return await AgainAsync();
        }

        await forms.SucceededAsync(form);
        Issued = new(outcome.Value, $"A key of {outcome.Value.Key.User!.Name}. Only this user may have it.");
        return Page();
    }

    protected override string FieldOf(Refusal refusal) => refusal.Code == "unknown_user" ? "user" : "q";

    protected override Task<Outcome<Page<ApiKey>>> ReadAsync() =>
        list.RunAsync(
            new()
            {
                Query = Query,
                User = Any(Person),
                Tenant = Any(Tenant),
                Status = KeyWords.FindStatus(Status),
                NewestFirst = true,
                Take = PerPage,
                After = After,
            },
            Aborted
        );
}
