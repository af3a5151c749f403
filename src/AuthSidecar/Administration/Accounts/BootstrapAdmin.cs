using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Accounts;

/// <param name="Name">Name of the user.</param>
/// <param name="Password">The lasting password.</param>
internal sealed record FirstAdmin(string Name, Secret Password);

/// <summary>
/// At start: creates the configured admin if the name is free, and never changes an existing user. Of several processes one creates it.
/// </summary>
internal sealed partial class BootstrapAdmin(
    Store store,
    CreateUser users,
    PasswordHashing hashing,
    TimeProvider time,
    ILogger<BootstrapAdmin> logger,
    FirstAdmin? wanted = null
) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await new FindNameClashes(store).RunAsync(cancellationToken) is { Count: > 0 } clashes)
        {
            LogClashes(FindNameClashes.Warning(clashes));
        }

        if (wanted is not null && await CreateAsync(wanted, cancellationToken))
        {
            LogCreated(wanted.Name);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> CreateAsync(FirstAdmin admin, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var key = User.KeyOf(admin.Name);
        if (await context.Users.AnyAsync(user => user.Name == admin.Name || user.NameKey == key, cancellationToken))
        {
            return false;
        }

        var hash = await hashing.HashAsync(admin.Password.Reveal(), cancellationToken)
            ?? throw new InvalidOperationException("Passwords are hashed before the start.");
        var created = await users.RunAsync(
            context,
            new(admin.Name) { Role = UserRole.Admin },
            user => context.UserCredentials.Add(Passwords.Make(user, hash, Instant.Now(time), null)),
            cancellationToken
        );
        return created.Refusal switch
        {
            null => true,
            { Kind: RefusalKind.Conflict } => false,
            var refusal => throw new StoreConfigurationException($"Console:Bootstrap: {refusal.Message}"),
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Created the admin {Name} of Console:Bootstrap.")]
    private partial void LogCreated(string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private partial void LogClashes(string warning);
}
