using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>The person's own keys, and the form that makes one.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class KeysModel(ListKeys list, CreateOwnKey create, OwnKeyRules rules, SentForms forms, TimeProvider time) : OwnPage
{
    private const int PerPage = 50;

    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Query { get; set; }

    [BindProperty(SupportsGet = true, Name = "status")]
    public string? Status { get; set; }

    [BindProperty(SupportsGet = true, Name = "after")]
    public string? After { get; set; }

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public List<string> Scopes { get; set; } = [];

    [BindProperty]
    public string? Models { get; set; }

    [BindProperty]
    public string? Lifetime { get; set; }

    [BindProperty]
    public string? Form { get; set; }

    public bool WasSentBefore { get; private set; }

    public Page<ApiKey> Keys { get; private set; } = new([], 0, null);

    public IssuedKeyView? Issued { get; private set; }

    public DateTimeOffset Now => time.GetUtcNow();

    public bool IsFiltered => !string.IsNullOrEmpty(Query) || !string.IsNullOrEmpty(Status) || !string.IsNullOrEmpty(After);

    public bool NeedsSearch => IsFiltered || Keys.HasMore;

    public IEnumerable<SelectListItem> ScopeChoices => rules.Scopes.Select(scope => new SelectListItem(scope, scope));

    public IReadOnlyList<SelectListItem> Lifetimes => LifetimeChoices.Lifetimes(rules.DefaultLifetime, rules.MaxLifetime);

    public Pager Pager =>
        new(
            $"{Formats.Number(Keys.Items.Count)} of {Formats.Count(Keys.Total, "key")}",
            After is null ? null : Link(null),
            Keys.Next is { } next ? Link(next) : null
        );

    public async Task<IActionResult> OnGetAsync()
    {
        Scopes = [.. rules.Scopes.Take(1)];
        return await ListAsync() ?? Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var lifetime = LifetimeChoices.Read(Lifetime, Lifetimes);
        var models = SpaceSeparated(Models);
        Check(nameof(Name), string.IsNullOrEmpty(Name) ? "Enter a name, for example “laptop”." : Rules.Name("A key's name", Name));
        Check(nameof(Scopes), Scopes.Count == 0 ? "Choose at least one scope." : Rules.Scopes(Scopes));
        Check(nameof(Models), Rules.Models(models));
        Check(nameof(Lifetime), lifetime is null ? "Choose one of the lifetimes." : null);
        if (!ModelState.IsValid)
        {
            return await AgainAsync(StatusCodes.Status400BadRequest);
        }

        if (await forms.BeginAsync(UserId, Form, Aborted) is not { } form)
        {
            WasSentBefore = true;
            Response.StatusCode = StatusCodes.Status409Conflict;
            return Page();
        }

        var wanted = new NewOwnKey(Name!)
        {
            Scopes = Scopes,
            Models = models,
            Lifetime = lifetime,
            Maker = Maker(time),
        };
        var outcome = await create.RunAsync(UserId, wanted, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            await forms.RefusedAsync(form);
            _ = Refused(refusal, FieldOf(refusal));
            return await AgainAsync(Response.StatusCode);
        }

        await forms.SucceededAsync(form);
        var expires = outcome.Value.Key.ExpiresAt is { } end ? $"Expires {Formats.Date(end)}" : "Does not expire";
        Issued = new(outcome.Value, expires);
        return Page();
    }

    private async Task<IActionResult> AgainAsync(int status)
    {
        _ = await ListAsync();
        Response.StatusCode = status;
        return Page();
    }

    private async Task<IActionResult?> ListAsync()
    {
        var filter = new KeyFilter
        {
            User = UserId,
            IsDevice = false,
            NewestFirst = true,
            Query = Query,
            Status = KeyWords.FindStatus(Status),
            Take = PerPage,
            After = After,
        };
        var outcome = await list.RunAsync(filter, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            return Refused(refusal);
        }

        Keys = outcome.Value;
        return null;
    }

    private static string FieldOf(Refusal refusal) =>
        refusal.Member switch
        {
            "name" => nameof(Name),
            "scopes" => nameof(Scopes),
            "models" => nameof(Models),
            "expiresIn" => nameof(Lifetime),
            _ => "",
        };

    private void Check(string field, string? error)
    {
        if (error is not null)
        {
            ModelState.AddModelError(field, error);
        }
    }

    private string Link(string? after) =>
        "/ui/me/api-keys"
        + QueryString.Create(
            new Dictionary<string, string?>
            {
                ["q"] = Query,
                ["status"] = Status,
                ["after"] = after,
            }.Where(one => !string.IsNullOrEmpty(one.Value))
        );

    private static string[] SpaceSeparated(string? text) =>
        (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
