using System.Text.Json.Nodes;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>A sidecar in this process whose console is tested over HTTP.</summary>
internal sealed class ConsoleHost : IAsyncDisposable
{
    /// <summary>Password of the people that are added without another.</summary>
    public const string Password = "seven dull copper kettles";

    private readonly bool _ownsSandbox;
    private readonly SettingsMonitor _settings;
    private readonly Sidecar _sidecar;

    private ConsoleHost(SidecarSandbox sandbox, bool ownsSandbox, SettingsMonitor settings, Sidecar sidecar) =>
        (Sandbox, _ownsSandbox, _settings, _sidecar) = (sandbox, ownsSandbox, settings, sidecar);

    public SidecarSandbox Sandbox { get; }
    public IServiceProvider Services => _sidecar.Services;

    /// <summary>Errors of the configuration file on disk; null while it is loaded.</summary>
    public ReloadFailure? ReloadFailure => _settings.LastFailure;

    public Store Store => Services.GetRequiredService<Store>();

    /// <summary>Address of the console on this machine.</summary>
    public Uri Address => new(_sidecar.Addresses[Listener.Console].Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));

    /// <param name="change">Changes the settings.</param>
    /// <param name="time">The clock; null: the machine's.</param>
    /// <param name="sandbox">A sandbox that replicas share, which the test disposes; null: a new one.</param>
    /// <param name="replace">Replaces services.</param>
    public static async Task<ConsoleHost> StartAsync(
        Action<JsonObject>? change = null,
        TimeProvider? time = null,
        SidecarSandbox? sandbox = null,
        Action<IServiceCollection>? replace = null
    )
    {
        var used = sandbox ?? new SidecarSandbox();
        change?.Invoke(used.Settings);
        if (sandbox is null || change is not null)
        {
            used.Save();
        }

        var source = new SettingsSource(used.ConfigFile, new Dictionary<string, string>(), [], used.Root);
        var loaded = SettingsLoader.Load(source);
        Assert.True(loaded.Settings is not null, string.Join('\n', loaded.Errors));
        var settings = new SettingsMonitor(source, loaded, TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        Action<IServiceCollection> always = services =>
        {
            services.AddSingleton(new DecisionLog(TimeProvider.System, Stream.Null));
            if (time is not null)
            {
                services.AddSingleton(time);
            }
        };
        return new(used, sandbox is null, settings, await Sidecar.StartAsync(settings, always + replace, CancellationToken.None));
    }

    /// <returns>Id of the person.</returns>
    public async Task<string> AddPersonAsync(string name, UserRole role = UserRole.User, string password = Password)
    {
        var created = await Services.GetRequiredService<CreateUser>().RunAsync(new(name), CancellationToken.None);
        var user = created.Value;
        await ChangeUserAsync(name, stored => stored.Role = role);
        _ = (await Services.GetRequiredService<OverwritePassword>().RunAsync(name, password, CancellationToken.None)).Value;
        return user.Id;
    }

    public async Task ChangeUserAsync(string name, Action<User> change)
    {
        await using var context = Store.Open();
        change(await context.Users.SingleAsync(user => user.Name == name));
        await context.SaveChangesAsync();
    }

    public async Task<string> AddKeyAsync(string user, params string[] scopes) =>
        (
            await new CreateKey(Store, Services.GetRequiredService<AuthSidecar.Platform.Hashing.KeyHasher>(), TimeProvider.System).RunAsync(
                new(user) { Scopes = scopes },
                CancellationToken.None
            )
        )
            .Value
            .Token;

    /// <summary>A browser without cookies.</summary>
    /// <param name="authority">Issuer of the console's certificate; null: none.</param>
    public WebBrowser Open(TestAuthority? authority = null) => new(Address, authority);

    /// <summary>A browser in which a person has logged in.</summary>
    public async Task<WebBrowser> LoggedInAsync(string name, string password = Password)
    {
        var browser = Open();
        var answer = await browser.LogInAsync(name, password);
        Assert.True(answer.Status == 200, $"{answer.Status} {answer.Text}");
        return browser;
    }

    /// <summary>A reader of pages who is not logged in.</summary>
    public ConsoleClient Anonymous() => new(Address, new Dictionary<string, string>());

    /// <summary>A reader of pages who has logged in.</summary>
    public async Task<ConsoleClient> SignInAsync(string name)
    {
        using var browser = await LoggedInAsync(name);
        return new(Address, browser.Cookies);
    }

    public async ValueTask DisposeAsync()
    {
        await _sidecar.StopAsync(CancellationToken.None);
        await _sidecar.DisposeAsync();
        _settings.Dispose();
        if (_ownsSandbox)
        {
            Sandbox.Dispose();
        }
    }
}
