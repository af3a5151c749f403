using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A key, its use, and the form that changes its rights.</summary>
internal sealed class KeyModel(ShowKey show, UpdateKey update, SumUsage sums, Drafts drafts, TimeProvider time) : AdminPage
{
    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Scopes { get; set; }

    [BindProperty]
    public string? Models { get; set; }

    [BindProperty]
    public string? Expires { get; set; }

    [BindProperty]
    public string? Permits { get; set; }

    [BindProperty]
    public string? Window { get; set; }

    [BindProperty]
    public string? Tokens { get; set; }

    [BindProperty]
    public string? TokenWindow { get; set; }

    [BindProperty]
    public string? Parallel { get; set; }

    /// <summary>What the form was filled from.</summary>
    [BindProperty]
    public string? Version { get; set; }

    /// <summary>Null: there is no such key.</summary>
    public ApiKey? Key { get; private set; }

    public UsageFigures Figures { get; private set; } = UsageFigures.None;

    public DateTimeOffset Now => time.GetUtcNow();

    public DayChart Chart => Figures.ByDay(DaysOption.Of(DaysOption.Usual, time));

    public bool IsEditable => KeyWords.IsUsable(Key!, Now) && Key!.Format is not (KeyFormat.Aso or KeyFormat.Ase);

    public async Task<IActionResult> OnGetAsync(string id)
    {
        await ReadAsync(id);
        if (Key is { } key)
        {
            (Name, Scopes, Models) = (key.Name, key.Scopes, key.Models.Replace(' ', '\n'));
            Expires = KeyInput.Day(key.ExpiresAt);
            Permits = key.Permits?.ToString(CultureInfo.InvariantCulture);
            Window = key.Window?.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            Tokens = key.Tokens?.ToString(CultureInfo.InvariantCulture);
            TokenWindow = key.TokenWindow?.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            Parallel = key.Parallel?.ToString(CultureInfo.InvariantCulture);
            Version = VersionOf(key);
        }

        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id)
    {
        await ReadAsync(id);
        if (Key is null || Changes() is not { } changes)
        {
            return Page();
        }

        // A key that manages would else prolong itself.
        if (
            KeyInput.Words(Key.Scopes).Concat(changes.Scopes!).Contains(AccessRules.ManageScope)
            && await AskPasswordAsync(drafts, time) is { } ask
        )
        {
            return ask;
        }

        var outcome = await update.RunAsync(id, changes, key => VersionOf(key) == Version, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal);
            return Page();
        }

        return Done(Links.Key(id), "The key is saved. The change is in force within a second.");
    }

    private async Task ReadAsync(string id)
    {
        Key = Rules.Id("key", id) is null ? Found(await show.RunAsync(id, Aborted)) : Found<ApiKey>(Refusal.UnknownKey(id));
        if (Key is not null)
        {
            var days = DaysOption.Of(DaysOption.Usual, time);
            Figures = new(await sums.RunAsync(new UsageQuery(UsageGroup.Day, days.First, days.Last) { KeyId = id }, Aborted));
        }
    }

    /// <summary>Null: there are errors.</summary>
    private KeyChanges? Changes()
    {
        var (scopes, models) = (KeyInput.Words(Scopes), KeyInput.Words(Models));
        var name = string.IsNullOrEmpty(Name) ? null : Name;
        var isDay = KeyInput.TryReadDay(Expires, out var expires);
        var limit = LimitOf(Permits, Window);
        var tokens = TokenLimitOf(Tokens, TokenWindow);
        var isNumber = int.TryParse(Parallel, NumberStyles.None, CultureInfo.InvariantCulture, out var parallel);
        Check(nameof(Name), name is null ? null : Rules.Name("A key's name", name));
        Check(nameof(Scopes), scopes.Length == 0 ? "Enter at least one scope." : Rules.Scopes(scopes));
        Check(nameof(Models), Rules.Models(models));
        Check(nameof(Expires), isDay ? null : KeyInput.DateError);
        Check(
            nameof(Permits),
            limit is null && !(string.IsNullOrEmpty(Permits) && string.IsNullOrEmpty(Window))
                ? "Enter both numbers, or none."
                : KeyFieldRules.Limit(limit)
        );
        Check(
            nameof(Tokens),
            tokens is null && !(string.IsNullOrEmpty(Tokens) && string.IsNullOrEmpty(TokenWindow))
                ? "Enter both numbers, or none."
                : KeyFieldRules.Tokens(tokens)
        );
        Check(nameof(Parallel), isNumber || string.IsNullOrEmpty(Parallel) ? null : "Enter a whole number, or nothing.");
        if (!ModelState.IsValid)
        {
            return null;
        }

        // The form has days only: an expiry within the shown day stays as it is.
        var keepsExpiry = Expires == KeyInput.Day(Key!.ExpiresAt);
        return new()
        {
            Name = new(name),
            Scopes = scopes,
            Models = models,
            ExpiresAt = keepsExpiry ? null : new(expires),
            Limit = new(limit),
            TokenLimit = new(tokens),
            Parallel = new(isNumber ? parallel : null),
        };
    }

    private static KeyLimit? LimitOf(string? permits, string? window) =>
        int.TryParse(permits, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && int.TryParse(window, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? new(count, TimeSpan.FromSeconds(seconds))
            : null;

    private static TokenLimit? TokenLimitOf(string? tokens, string? window) =>
        long.TryParse(tokens, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && int.TryParse(window, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? new(count, TimeSpan.FromSeconds(seconds))
            : null;

    private static string VersionOf(ApiKey key) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{key.Name}\n{key.Scopes}\n{key.Models}\n{key.ExpiresAt:O}\n{key.Permits}\n{key.Window}\n"
                            + $"{key.Tokens}\n{key.TokenWindow}\n{key.Parallel}"
                    )
                )
            )
        )[..16];
}
