using System.Security.Cryptography;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Demo.Setup;

/// <summary>A login to the console.</summary>
internal sealed record DemoLogin(string Name, string Password)
{
    public override string ToString() => Name;
}

/// <summary>Logins to the console, with passwords made for one run.</summary>
internal static class DemoPeople
{
    public const string Admin = "admin";

    private const string Letters = "abcdefghijkmnpqrstuvwxyz23456789";
    private const int Length = 20;

    /// <summary>Creates an admin, and gives the owner of the demo's keys and requests a password.</summary>
    public static async Task<(DemoLogin Admin, DemoLogin Person)> LetSignInAsync(
        IServiceProvider sidecar,
        CancellationToken cancellationToken
    )
    {
        var users = new CreateUser(sidecar.GetRequiredService<Store>(), TimeProvider.System);
        _ = (await users.RunAsync(new(Admin) { Role = UserRole.Admin }, cancellationToken)).Value;
        return (await LoginAsync(Admin), await LoginAsync(DemoAccounts.Alice));

        async Task<DemoLogin> LoginAsync(string name)
        {
            var password = RandomNumberGenerator.GetString(Letters, Length);
            _ = (await sidecar.GetRequiredService<OverwritePassword>().RunAsync(name, password, cancellationToken)).Value;
            return new(name, password);
        }
    }
}
