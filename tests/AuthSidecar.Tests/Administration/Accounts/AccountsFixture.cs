using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Accounts;

/// <summary>The use cases about accounts on a SQLite store with a clock of its own.</summary>
internal sealed class AccountsFixture : IAsyncDisposable
{
    public const string Password = "correct horse battery staple";

    private readonly TemporaryDirectory _directory = new();
    private readonly TestMeters _meters = new();
    private readonly MemoryRateLimiter _limiter;

    private AccountsFixture(PasswordHashing hashing)
    {
        Hashing = hashing;
        Store = SqliteStore.For(new(), _directory.Path, Time);
        _limiter = new(Time);
        Throttle = new(_limiter);
        Failures = new(_meters.Create(new System.Diagnostics.Metrics.MeterOptions("AuthSidecar")), Store, Time);
        Create = new(Store, Time);
        LogIn = new(Store, Hashing, Throttle, Failures, Time);
        SetPassword = new(Store, Hashing, Throttle, Failures, Time);
        Overwrite = new(Store, Hashing, Time);
        ResetPassword = new(Store, Hashing, Time);
        CreateAccount = new(Store, Create, Hashing, Time);
        Reauthenticate = new(Store, Hashing, Throttle, Failures, Time);
    }

    public FakeTimeProvider Time { get; } = new(new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    public Store Store { get; }
    public PasswordHashing Hashing { get; }
    public LoginThrottle Throttle { get; }
    public LoginFailures Failures { get; }
    public CreateUser Create { get; }
    public LogIn LogIn { get; }
    public SetPassword SetPassword { get; }
    public OverwritePassword Overwrite { get; }
    public ResetPassword ResetPassword { get; }
    public CreateAccount CreateAccount { get; }
    public Reauthenticate Reauthenticate { get; }

    public static async Task<AccountsFixture> StartAsync(PasswordHashing? hashing = null)
    {
        var fixture = new AccountsFixture(hashing ?? new());
        await fixture.Store.PrepareAsync(CancellationToken.None);
        return fixture;
    }

    public async Task<User> UserAsync(string name, string? password = Password, UserRole role = UserRole.User)
    {
        var user = (await Create.RunAsync(new(name) { Role = role }, CancellationToken.None)).Value;
        if (password is not null)
        {
            Assert.Null((await Overwrite.RunAsync(name, password, CancellationToken.None)).Refusal);
        }

        return user;
    }

    public Task<LoginResult> LogInAsync(string name, string password = Password, string? address = "192.0.2.1", bool known = false) =>
        LogIn.RunAsync(new(name, password, address, known), CancellationToken.None);

    public async Task<Session> SessionAsync(User user)
    {
        await using var context = Store.Open();
        var now = Instant.Now(Time);
        var session = new Session
        {
            Id = Guid.CreateVersion7().ToString(),
            Hash = Guid.NewGuid().ToByteArray(),
            UserId = user.Id,
            CreatedAt = now,
            LastSeenAt = now,
            AuthenticatedAt = now,
        };
        context.Sessions.Add(session);
        await context.SaveChangesAsync();
        return session;
    }

    public async Task<bool> IsLiveAsync(Session session)
    {
        await using var context = Store.Open();
        return await context.Sessions.AnyAsync(found => found.Id == session.Id && found.EndedAt == null);
    }

    public async Task ChangeAsync<T>(Func<SidecarDbContext, Task<T>> find, Action<T> change)
    {
        await using var context = Store.Open();
        change(await find(context));
        await context.SaveChangesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _limiter.Dispose();
        _meters.Dispose();
        Hashing.Dispose();
        await Store.DisposeAsync();
        _directory.Dispose();
    }
}
