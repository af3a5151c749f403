using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>All users, and the form that makes one.</summary>
internal sealed class UsersModel(ListUsers list, CreateAccount create) : AdminListPage<User>
{
    [BindProperty(SupportsGet = true, Name = "status")]
    public string? Status { get; set; }

    [BindProperty(SupportsGet = true, Name = "role")]
    public string? Role { get; set; }

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? DisplayName { get; set; }

    [BindProperty]
    public string? Email { get; set; }

    /// <summary>Shown once instead of the list.</summary>
    public OneTimePassword? Created { get; private set; }

    public override string Path => "/ui/admin/users";

    protected override IReadOnlyList<(string Name, string? Value)> Filter => [("q", Query), ("status", Status), ("role", Role)];

    public async Task<IActionResult> OnPostAsync()
    {
        Check(nameof(Name), string.IsNullOrEmpty(Name) ? "Enter a name for the login." : Rules.UserName(Name));
        Check(nameof(DisplayName), Any(DisplayName) is { } display ? Rules.Name("A full name", display) : null);
        Check(nameof(Email), Any(Email) is { } email ? Rules.Email(email) : null);
        if (!ModelState.IsValid)
        {
            return await AgainAsync();
        }

        var outcome = await create.RunAsync(new(Name!) { DisplayName = Any(DisplayName), Email = Any(Email) }, null, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal, nameof(Name));
            return await AgainAsync();
        }

        Created = outcome.Value;
        Response.Headers.CacheControl = "no-store";
        return Page();
    }

    protected override Task<Outcome<Page<User>>> ReadAsync() =>
        list.RunAsync(
            new()
            {
                Query = Query,
                Status = UserWords.Find<UserStatus>(Status),
                Role = UserWords.Find<UserRole>(Role),
                Take = PerPage,
                After = After,
            },
            Aborted
        );
}
