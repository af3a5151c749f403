using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Who the person is.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class ProfileModel(ShowUser show) : OwnPage
{
    public User Person { get; private set; } = null!;

    public IReadOnlyList<UserIdentity> Identities { get; private set; } = [];

    public async Task OnGetAsync()
    {
        var found = (await show.RunAsync(UserId, Aborted)).Value;
        (Person, Identities) = (found.User, found.Identities);
    }
}
