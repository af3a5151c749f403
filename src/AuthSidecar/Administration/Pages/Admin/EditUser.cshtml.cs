using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>The full name and e-mail address of a user.</summary>
internal sealed class EditUserModel(ShowUser show, UpdateUser update) : UserActionPage(show)
{
    [BindProperty]
    public string? DisplayName { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    public override async Task<IActionResult> OnGetAsync(string id)
    {
        var page = await base.OnGetAsync(id);
        (DisplayName, Email) = (Person?.DisplayName, Person?.Email);
        return page;
    }

    protected override async Task<IActionResult> RunAsync(User person)
    {
        var (name, email) = (Trimmed(DisplayName), Trimmed(Email));
        Check(nameof(DisplayName), name is null ? null : Rules.Name("A full name", name));
        Check(nameof(Email), email is null ? null : Rules.Email(email));
        return ModelState.IsValid
            ? Answer(
                await update.RunAsync(person.Id, new() { DisplayName = new(name), Email = new(email) }, force: false, null, Aborted),
                "The user is saved."
            )
            : Page();
    }

    private static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
