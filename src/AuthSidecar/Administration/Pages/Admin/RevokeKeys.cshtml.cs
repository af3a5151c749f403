using System.Globalization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Me;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before all keys that match a filter are revoked; their number must be typed.</summary>
internal sealed class RevokeKeysModel(RevokeKeys revoke) : AdminPage
{
    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Query { get; set; }

    [BindProperty(SupportsGet = true, Name = "user")]
    public string? Person { get; set; }

    [BindProperty(SupportsGet = true, Name = "tenant")]
    public string? Tenant { get; set; }

    [BindProperty(SupportsGet = true, Name = "status")]
    public string? Status { get; set; }

    [BindProperty]
    public string? Count { get; set; }

    public int Matching { get; private set; }

    public string Href => Links.To("/ui/admin/keys/revoke", Values);

    public string ListHref => Links.To("/ui/admin/keys", Values);

    /// <summary>The filter in words.</summary>
    public IEnumerable<(string Label, string Value)> Words =>
        new (string Label, string? Value)[]
        {
            ("Name or id has", Query),
            ("Owner", Person),
            ("Tenant", Tenant),
            ("Status", KeyWords.Statuses.FirstOrDefault(choice => choice.Value == Status && choice.Value.Length > 0)?.Text),
        }
            .Where(one => !string.IsNullOrEmpty(one.Value))
            .Select(one => (one.Label, one.Value!));

    private IReadOnlyList<(string Name, string? Value)> Values => [("q", Query), ("user", Person), ("tenant", Tenant), ("status", Status)];

    private KeyFilter Filter =>
        new()
        {
            Query = Query,
            User = string.IsNullOrWhiteSpace(Person) ? null : Person,
            Tenant = string.IsNullOrWhiteSpace(Tenant) ? null : Tenant,
            Status = KeyWords.FindStatus(Status),
        };

    public async Task<IActionResult> OnGetAsync()
    {
        await CountAsync();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        await CountAsync();
        if (!ModelState.IsValid)
        {
            return Page();
        }

        if (!int.TryParse(Count, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count != Matching)
        {
            Check(nameof(Count), $"Type {Matching.ToString(CultureInfo.InvariantCulture)}: so many keys match now.");
            return Page();
        }

        var outcome = await revoke.RunAsync(Filter, count, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            await CountAsync();
            Refuse(refusal, nameof(Count));
            return Page();
        }

        return Done(ListHref, $"{Formats.Count(outcome.Value.Revoked, "key")} revoked.");
    }

    private async Task CountAsync()
    {
        // A status that no key has would count as any.
        if (!Words.Any() || (!string.IsNullOrEmpty(Status) && KeyWords.FindStatus(Status) is null))
        {
            Check("", "Choose a filter in the list of keys first.");
            return;
        }

        var outcome = await revoke.CountAsync(Filter, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal);
        }
        else
        {
            Matching = outcome.Value.Revoked;
        }
    }
}
