using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Who the person is.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class ProfileModel(ShowUser show, LoginProviders providers, LoginWays ways) : OwnPage
{
    public User Person { get; private set; } = null!;

    public IReadOnlyList<UserIdentity> Identities { get; private set; } = [];

    /// <summary>Providers at which the person has no linked identity.</summary>
    public IReadOnlyList<LoginProvider> Linkable =>
        [.. providers.Accounts.Where(provider => !Identities.Any(identity => identity.Issuer == provider.Issuer))];

    public string TitleOf(UserIdentity identity) => providers.TitleOf(identity.Issuer);

    public static string UnlinkPath(UserIdentity identity) =>
        $"/ui/me/profile/unlink?issuer={Uri.EscapeDataString(identity.Issuer)}&subject={Uri.EscapeDataString(identity.Subject)}";

    public bool HasPassword { get; private set; }

    public async Task OnGetAsync()
    {
        var found = (await show.RunAsync(UserId, Aborted)).Value;
        (Person, Identities) = (found.User, found.Identities);
        (HasPassword, _) = await ways.RunAsync(UserId, Aborted);
    }
}
