using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A page that asks before a user is changed.</summary>
internal abstract class UserActionPage(ShowUser show) : AdminPage
{
    /// <summary>The user to change; null: there is none.</summary>
    public User? Person { get; private set; }

    /// <summary>Whether it is the caller.</summary>
    public bool IsSelf => Person is not null && Person.Id == HttpContext.Caller().UserId;

    public virtual async Task<IActionResult> OnGetAsync(string id)
    {
        Person = Found(await show.RunAsync(id, Aborted))?.User;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id)
    {
        Person = Found(await show.RunAsync(id, Aborted))?.User;
        return Person is null ? Page() : await RunAsync(Person);
    }

    protected abstract Task<IActionResult> RunAsync(User person);

    /// <summary>The page of the user with a line, or this page with what was refused.</summary>
    protected IActionResult Answer<T>(Outcome<T> outcome, string notice)
        where T : class
    {
        if (outcome.Refusal is not { } refusal)
        {
            return Done(Links.User(Person!.Id), notice);
        }

        Refuse(refusal);
        return Page();
    }
}
